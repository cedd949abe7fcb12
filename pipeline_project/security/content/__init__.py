"""What bytes from outside are: their type, their encoding, what they unpack to, and how a model is shown them.

Refuses to believe a name or a header: a declared type is held against the bytes, an archive against its own list.
"""

from pipeline_project.security.content.archives import ArchiveLimits, Member, members
from pipeline_project.security.content.decompression import Unpacker
from pipeline_project.security.content.encoding import Decoded, decode, is_binary
from pipeline_project.security.content.media import MediaType, agreed_type, sniff
from pipeline_project.security.content.untrusted import mark_untrusted

__all__ = [
    "ArchiveLimits",
    "Decoded",
    "MediaType",
    "Member",
    "Unpacker",
    "agreed_type",
    "decode",
    "is_binary",
    "mark_untrusted",
    "members",
    "sniff",
]
