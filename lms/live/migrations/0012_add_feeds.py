from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("live", "0011_ask_quizzes_in_rooms"),
    ]

    operations = [
        migrations.AddField(
            model_name="broadcast",
            name="feed",
            field=models.CharField(blank=True, max_length=60, verbose_name="推流名"),
        ),
        migrations.AddField(
            model_name="livesession",
            name="key_number",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="推流码序号"),
        ),
        migrations.AlterField(
            model_name="broadcast",
            name="source",
            field=models.CharField(
                choices=[("camera", "摄像头"), ("screen", "屏幕"), ("sound", "仅声音"), ("rtmp", "推流软件")],
                max_length=6,
                verbose_name="画面来源",
            ),
        ),
    ]
