"""A mail server that receives into a folder, and treats some recipients badly by the first part of their address.

    sink.py FOLDER        prints the port that it listens on

later-…    refused with 450 the first time, taken the second
never-…    refused with 550
full-…     refused with 552 after the words were handed over
hang-…     takes the words and never answers
drop-…     takes the words and closes the connection
anybody else is taken; every message that was handed over is written down, also those that were not answered.
"""

import asyncio
import pathlib
import sys

from aiosmtpd.smtp import SMTP

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
seen = set()
count = 0


class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("never-"):
            return "550 no such mailbox"
        if address.startswith("later-") and address not in seen:
            seen.add(address)
            return "450 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global count
        count += 1
        address = envelope.rcpt_tos[0]
        (folder / f"{count:04d}-{address}").write_bytes(envelope.content)
        if address.startswith("full-"):
            return "552 mailbox full"
        if address.startswith("hang-"):
            await asyncio.sleep(3600)
        if address.startswith("drop-"):
            server.transport.abort()
            await asyncio.sleep(3600)
        return "250 OK"


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink(), loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
