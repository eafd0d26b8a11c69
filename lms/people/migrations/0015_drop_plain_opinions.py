from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0014_seal_opinions")]

    operations = [migrations.RemoveField(model_name="identitycase", name="opinion")]
