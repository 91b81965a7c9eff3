"""A sentence on each difference between our door and the peer, by row or by family. Fair, or it goes."""

DIFFERENCES = {
    "options.wrong-version": (
        "the peer refuses another version, and does not act on the request; but with 400 and without "
        "`Tus-Version`, where tus says MUST of 412 and of the header."
    ),
    "override": (
        "the peer names the header to browsers but does not read it, so a client behind a proxy that passes "
        "only GET and POST cannot use it. tus says MUST."
    ),
    "cors.expires": (
        "CORS is no part of tus. A page of another origin cannot read the peer's `Upload-Expires`, unless "
        "the operator adds that to `exposedHeaders`."
    ),
    "cors.checksum": "the peer has no checksums.",
    "create.metadata-binary": (
        "the peer keeps metadata as text, so a value that is no UTF-8 comes back changed. Names and types, "
        "which is what clients send, come back whole."
    ),
    "patch.wrong-type-415": "the peer refuses as well, with 400; 415 is a SHOULD.",
    "interrupts.silence": (
        "node gives a request 300 seconds in all and lets it be silent meanwhile; that is too long to be "
        "waited for here."
    ),
    "checksum": "the peer does not offer checksums. That is a MAY.",
    "with-upload.on-final": "the peer has no final uploads.",
    "concatenation": (
        "the peer does not offer concatenation, and says so with 501; tus-js-client cannot send parts side "
        "by side to it. Our own page does not use it either; other people's clients may."
    ),
    "expiration.sliding": (
        "the peer counts from the creation, so an upload that takes longer ends on its way. tus leaves that "
        "open."
    ),
    "expiration.clean-up": (
        "the peer leaves the clean-up to its operator, who calls `cleanUpExpiredUploads`; `bench/peer.mjs` "
        "sets it up without."
    ),
}
