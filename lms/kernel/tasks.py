"""The one task that the queue knows: it runs a Job."""

from django_tasks import task

from lms.kernel import jobs


@task()
def run_job(uid: str) -> None:
    """Run the job of this uid."""
    jobs.run(uid)
