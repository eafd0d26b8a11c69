from django.db import migrations

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("faces", "0001_initial")]
    operations = [append_only("faces_faceconsent", "faces_facecheck")]
