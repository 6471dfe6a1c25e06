"""Run as a program of its own: prints what MediaInfo makes of one file, as JSON.

Its parsers are native code that reads what strangers send, and some formats point at other files. So this process has little memory
and time, and once the file is open it can open nothing else: no file, no socket. It imports nothing of the program around it.
"""

import json
import resource
import sys

from pymediainfo import MediaInfo

MEMORY = 1 << 30
SECONDS = 20


def main() -> None:
    MediaInfo.can_parse()  # loads the library while files may still be opened
    with open(sys.argv[1], "rb") as file:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_NOFILE, (file.fileno() + 1, file.fileno() + 1))
        tracks = MediaInfo.parse(file).tracks
    sys.stdout.write(json.dumps([track.to_data() for track in tracks]))


if __name__ == "__main__":
    main()
