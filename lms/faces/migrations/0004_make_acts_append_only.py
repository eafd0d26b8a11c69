from django.db import migrations

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("faces", "0003_ask_for_moves")]
    operations = [
        append_only("faces_faceact", "faces_faceframe", "faces_faceexemption", "faces_exemptionruling"),
    ]
