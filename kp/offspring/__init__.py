from .process import Subprocess, SubprocessLoop  # noqa
