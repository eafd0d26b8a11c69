from django.db import migrations

from lms.kernel import clock

BASIS = "启用备案前已在本平台办理业务，按原登记视同备案，待补报材料（数据迁移）"


def take_over(apps, schema_editor):
    """Take the institutions and enterprises that are there already as filed: nothing that runs stops."""
    units = apps.get_model("organisations", "Organisation").objects.filter(kind__in=["institution", "enterprise"])
    filings = apps.get_model("filing", "Filing").objects
    today = clock.today()
    filings.bulk_create(
        [filings.model(organisation=unit, basis=BASIS, state="filed", filed_on=today) for unit in units.order_by("pk")],
        batch_size=500,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('filing', '0001_initial'),
        ('organisations', '0001_initial'),
    ]

    operations = [migrations.RunPython(take_over, migrations.RunPython.noop, elidable=True)]
