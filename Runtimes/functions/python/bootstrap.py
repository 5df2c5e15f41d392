"""Runs a Python function over the Lambda Runtime API: `python bootstrap.py HANDLER`, in the directory of its code.

The code is not in /var/task but where the server keeps it. Modules keep their real `__file__`, so that they find what lies
beside them; their code objects say /var/task, and /opt for layers, as tracebacks do in Lambda.
"""

import _imp
import importlib.machinery as machinery
import os
import sys


def _places():
    """The real directories, each with the one that Lambda has."""
    for name, shown in (("LAMBDA_TASK_ROOT", "/var/task/"), ("TARN_LAYERS", "/opt/")):
        if name in os.environ:
            for real in {os.environ[name], os.path.realpath(os.environ[name])}:
                yield os.path.join(real, ""), shown


PLACES = list(_places())


def shown(path):
    """The path that a file of the function has in Lambda."""
    for real, place in PLACES:
        if path.startswith(real):
            return place + path[len(real):]
    return path


class Loader(machinery.SourceFileLoader):
    def source_to_code(self, data, path, *more, **named):
        return super().source_to_code(data, shown(path), *more, **named)

    def get_code(self, fullname):
        code = super().get_code(fullname)
        # One that was compiled before has been given its real path.
        _imp._fix_co_filename(code, shown(self.path))
        return code


_finder = machinery.FileFinder.path_hook(
    (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES),
    (Loader, machinery.SOURCE_SUFFIXES),
    (machinery.SourcelessFileLoader, machinery.BYTECODE_SUFFIXES),
)


def _is_ours(entry):
    whole = os.path.join(os.path.abspath(entry), "")
    return shown(whole) != whole


def _hook(entry):
    if not _is_ours(entry):
        raise ImportError("not of the function", path=entry)
    return _finder(entry)


if __name__ == "__main__":
    # In place of this script's directory.
    sys.path[0] = os.getcwd()
    sys.path_hooks.insert(0, _hook)
    for entry in filter(_is_ours, list(sys.path_importer_cache)):
        del sys.path_importer_cache[entry]
    # What is logged comes in frames, an event each, between the lines that are printed; in a descriptor of its own number,
    # which the processes of the function do not get.
    os.environ["_LAMBDA_TELEMETRY_LOG_FD"] = str(os.dup(1))
    from awslambdaric.__main__ import main

    main(sys.argv)
