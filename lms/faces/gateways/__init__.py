"""Who compares faces (人脸比对方): the embedded one works offline; settings.FACES names it."""
