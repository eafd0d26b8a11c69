from django.db import migrations

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_seal_reasons")]

    operations = [append_only("audit_auditentry")]
