"""What a test plants outside the sandbox, so that it can see from outside whether it was touched."""

import json
import re
from dataclasses import dataclass, fields

_TOKEN = re.compile(r"@([A-Z_]+[0-9]*)@")


@dataclass(frozen=True)
class Canaries:
    """Values for the tokens of hostile submissions; ``tcp_port`` stands for ``@TCP_PORT@``.

    The defaults name nothing that exists.

    Attributes:
        canary_file: A file with a secret, which the grader's user may read.
        canary_folder: A folder that the grader's user may write, and which must stay as it is.
        victim_file: A file of the grader's user that must stay where and as it is.
        tcp_port: A TCP listener on the loopback.
        udp_port: A UDP listener on the loopback.
        unix_socket: The path of a listening Unix socket.
        abstract_socket: The name of a listening abstract Unix socket, without the leading null.
        secret_name: An environment variable of the grader with a secret.
        sibling_pid: A process of the grader's user.
        sibling_marker: A word in that process's command line.
        repository: The folder with ``reference`` and ``grader``.
    """

    canary_file: str = "/nonexistent/canary"
    canary_folder: str = "/nonexistent"
    victim_file: str = "/nonexistent/victim"
    tcp_port: int = 9
    udp_port: int = 9
    unix_socket: str = "/nonexistent/socket"
    abstract_socket: str = "hw4-nonexistent"
    secret_name: str = "HW4_NONEXISTENT_SECRET"
    sibling_pid: int = 2**22 - 1
    sibling_marker: str = "hw4-canary-sibling"
    repository: str = "/nonexistent/repository"


TOKENS = frozenset(field.name.upper() for field in fields(Canaries))


def find_tokens(source: str) -> frozenset[str]:
    """Find the tokens in a hostile source.

    Examples:
        >>> sorted(find_tokens('open("@CANARY_FILE@"), int("@TCP_PORT@")'))
        ['CANARY_FILE', 'TCP_PORT']
    """
    return frozenset(_TOKEN.findall(source))


def plant(source: str, canaries: Canaries) -> str:
    """Replace the tokens of a hostile source.

    Args:
        source: Python source in which tokens stand between double quotes.
        canaries: Their values.

    Returns:
        The source to submit.

    Raises:
        KeyError: The source has a token that no canary belongs to.

    Examples:
        >>> plant('port = int("@TCP_PORT@")', Canaries(tcp_port=4711))
        'port = int("4711")'
    """
    values = {field.name.upper(): getattr(canaries, field.name) for field in fields(canaries)}
    return _TOKEN.sub(lambda token: json.dumps(str(values[token.group(1)]))[1:-1], source)
