"""gcloud, loaded once for many commands: loading takes two thirds of a command's time.

`gcloud` itself starts it, in the place of its own script: CLOUDSDK_PYTHON_ARGS='-S gcloud-server.py' gcloud. Each line of
standard input is a JSON list of words. Each is run by a process of its own, forked from this one, and answered by a line:
{"code": 0, "stdout": "...", "stderr": "..."}.
"""
import importlib.util
import json
import os
import sys
import tempfile

script = sys.argv[1]
sys.path[0] = os.path.dirname(script)
spec = importlib.util.spec_from_file_location("gcloud", script)
launcher = importlib.util.module_from_spec(spec)
spec.loader.exec_module(launcher)
sys.path = launcher.reorder_sys_path(sys.path)
launcher._fix_google_module()
gcloud_main = launcher._import_gcloud_main()


def run(words, out, err):
    """Never returns: the process ends with the command's exit code."""
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        sys.argv = ["gcloud", *words]
        code = gcloud_main.main() or 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


commands = os.fdopen(os.dup(0))
answers = os.fdopen(os.dup(1), "w")
for line in commands:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            run(json.loads(line), out, err)
        _, status = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        answer = {
            "code": os.waitstatus_to_exitcode(status),
            "stdout": out.read().decode("utf-8", "replace"),
            "stderr": err.read().decode("utf-8", "replace"),
        }
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
