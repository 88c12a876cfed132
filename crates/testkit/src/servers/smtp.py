"""What the mail server of the tests does with a letter: keeps it, unless the address asks for a no.

`unknown…@` is refused for good, `busy…@` the first time only; while there is a file `locked`, everybody is.
"""

import email
import email.policy
import json
import os


class Handler:
    def __init__(self):
        self.put_off = set()

    async def handle_MAIL(self, server, session, envelope, address, options):
        if os.path.exists("locked"):
            return "530 5.7.0 who are you?"
        envelope.mail_from = address
        return "250 2.1.0 welcome"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("unknown"):
            return f"550 5.1.1 there is no {address} here"
        if address.startswith("busy") and address not in self.put_off:
            self.put_off.add(address)
            return f"451 4.2.1 {address} is busy, try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        kept = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in letter.items()},
            "text": letter.get_content().replace("\r\n", "\n"),
        }
        with open("letters", "a", encoding="utf-8") as letters:
            letters.write(json.dumps(kept) + "\n")
        return "250 2.0.0 kept"
