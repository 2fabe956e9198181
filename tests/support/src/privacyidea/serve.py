"""A privacyIDEA of its own in the folder argv[1], on the port argv[2], for tests.

Makes key, tables and an administrator, then serves. Everything else is set up through its API.
"""

import os
import sys

folder, port = sys.argv[1], int(sys.argv[2])
settings = os.path.join(folder, "settings.py")
with open(settings, "w", encoding="utf-8") as out:
    out.write(
        f"""
SUPERUSER_REALM = []
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/tokens.sqlite"
SECRET_KEY = "for tests only, and of no use elsewhere"
PI_PEPPER = "for tests only"
PI_ENCFILE = "{folder}/enckey"
PI_AUDIT_NO_SIGN = True
PI_NO_RESPONSE_SIGN = True
PI_LOGFILE = "{folder}/privacyidea.log"
PI_LOGLEVEL = 30
"""
    )
with open(os.path.join(folder, "enckey"), "wb") as out:
    out.write(os.urandom(96))
os.environ["PRIVACYIDEA_CONFIGFILE"] = settings

from privacyidea.app import create_app  # noqa: E402
from privacyidea.lib.auth import create_db_admin  # noqa: E402
from privacyidea.models import db  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

app = create_app(config_name="production", config_file=settings, silent=True)
with app.app_context():
    db.create_all()
    create_db_admin("admin", password="for tests only")
make_server("127.0.0.1", port, app, threaded=True).serve_forever()
