"""SyncLogger's entry: Assetto Corsa looks for acMain, acUpdate and acShutdown in here.

Every callback only forwards, and none lets an exception out. The first error is logged with its traceback, shown
in the panel, and switches the app off: it must never take the game with it.
"""

import importlib
import os
import sys
import traceback
import types

import ac

_APP_FOLDER = os.path.dirname(os.path.abspath(__file__))
# All apps share one interpreter, and many have a package called `lib`: ours goes by a name of its own.
_PACKAGE = "synclogger"

# AC put our folder on the path that all apps share. An app loaded after us would get our `lib` for its own.
sys.path[:] = [path for path in sys.path if not path or os.path.isabs(path) or os.path.abspath(path) != _APP_FOLDER]

# Of the window that only says why the app can't start.
_MESSAGE_SIZE = (360, 80)

_app = None
# The app while it is to be called: neither before it was made, nor once an error switched it off.
_running = None


def _load_app():
    package = types.ModuleType(_PACKAGE)
    package.__path__ = [os.path.join(_APP_FOLDER, "lib")]
    sys.modules[_PACKAGE] = package
    return importlib.import_module(_PACKAGE + ".ingame.app")


def _switch_off():
    """Log the exception that is being handled, and call nothing of the app any more."""
    global _running
    _running = None
    lines = traceback.format_exc().encode("ascii", "replace").decode("ascii").splitlines()
    ac.log("SyncLogger: switched off by an error; what was recorded is safe, restart the session to record again")
    for line in lines:
        ac.log("SyncLogger: " + line)
    if _app is not None:
        _app.show_crash(lines[-1])


def _guarded(call, *args):
    try:
        call(*args)
    except Exception:
        _give_up()


def _give_up():
    try:
        _switch_off()
    except Exception:
        # Not even the log works: there is nobody left to tell.
        pass


def acMain(ac_version):
    _guarded(_start, ac_version)
    return "SyncLogger"


def _start(ac_version):
    global _app, _running
    # Content Manager looks for this call by a regular expression.
    window = ac.newApp("SyncLogger")
    try:
        app_module = _load_app()
        _app = _running = app_module.App(_APP_FOLDER, window, ac_version)
        _app.start(on_button_clicked, on_render)
    except Exception as error:
        if _app is None:
            ac.setSize(window, *_MESSAGE_SIZE)
            label = ac.addLabel(window, "SyncLogger can't start: {0}. Install it again.".format(type(error).__name__))
            ac.setPosition(label, 10, 40)
        raise


# These two come with every frame, and take no other way than they must.
def acUpdate(delta_t):
    if _running is not None:
        try:
            _running.tick(delta_t)
        except Exception:
            _give_up()


def acShutdown(*args):
    global _running
    if _running is not None:
        _guarded(_running.shut_down)
        _running = None


def on_button_clicked(*args):
    if _running is not None:
        _guarded(_running.click)


def on_render(delta_t):
    if _running is not None:
        try:
            _running.render()
        except Exception:
            _give_up()
