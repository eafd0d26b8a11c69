from django.db import migrations

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("faces", "0005_take_opinions")]
    operations = [append_only("faces_faceopinion")]
