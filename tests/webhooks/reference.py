"""Signs and checks with the reference implementation of Standard Webhooks for Python.

Reads {"sign": [...], "verify": [...]} on standard input; writes {"signatures": [...], "accepted": [...]}.
"""

import json
import sys
from datetime import datetime, timezone

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


def sign(case):
    timestamp = datetime.fromtimestamp(case["timestamp"], tz=timezone.utc)
    return Webhook(case["key"]).sign(case["id"], timestamp, case["body"])


def accepts(case):
    headers = {
        "webhook-id": case["id"],
        "webhook-timestamp": str(case["timestamp"]),
        "webhook-signature": case["signature"],
    }
    try:
        Webhook(case["key"]).verify(case["body"], headers, json_parse=False)
    except WebhookVerificationError:
        return False
    return True


work = json.load(sys.stdin)
json.dump(
    {
        "signatures": [sign(case) for case in work["sign"]],
        "accepted": [accepts(case) for case in work["verify"]],
    },
    sys.stdout,
)
