"""What mail servers say of whoever sends: the account, its limits, the server, its name.

The first row that fits decides. To add one, give its source: a provider's documentation, or
repository#issue where somebody was refused.
"""

from __future__ import annotations

from publisher.delivery.meaning import NEAR, Meaning, row

_OUR_SENDER = (
    r"(?:\bsender(?:'s)?\b|\b(?:mail|envelope|header)[- ]?from\b|\bfrom:? (?:address|domain|header)"
    r"|\breturn[- ]path\b|\bsending (?:domain|address|identity|user)\b|\bsend(?:ing)? as\b)"
)
_REFUSED = (
    r"(?:reject|invalid|unknown|\bnot\b|n't\b|denied|blocked|refus|fail|unverif|disabled|\bmust\b"
    r"|empty|spoof|unconfigured|unauthori[sz]ed|unroutable|illegal|unresolv)"
)
_PERIOD = (
    r"(?:\b(?:daily|hourly|monthly|weekly|today)\b|\b(?:per|an|a|each|every|this|one|last|past)"
    r"[ -](?:\d+ )?(?:hour|day|month|week)|/ ?(?:hour|day|hr|h|d)\b|\b\d+[ -]?h(?:ou)?rs?\b)"
)
_LIMIT = r"(?:limit|quota|exceed|too many|maximum|reached|allowance|credits)"
_SENDS = (
    r"\b(?:sent|send|sends|sending|sender|senders|outgoing|outbound|submission|relay|smtp|account"
    r"|message count|messages? (?:sent|rate)|mail rate)\b"
)

_LIMITS = (
    row(
        rf"{_PERIOD}{NEAR}{_LIMIT}|{_LIMIT}{NEAR}{_PERIOD}",
        Meaning.account,
        "gophish/gophish#1604 (Gmail 5.4.5), learn.microsoft.com 5.1.90, cPanel, SES, GoDaddy",
    ),
    row(
        rf"{_SENDS}{NEAR}(?:quota|\blimits?\b|credits){NEAR}(?:exceed|reach|over)"
        rf"|(?:exceed|reach)\w*{NEAR}{_SENDS}{NEAR}(?:quota|\blimit)"
        r"|submissionquota|sending (?:limit|quota)|(?:message|relay) (?:limit|quota) exceeded"
        r"|policy rejection\W+(?:\w+ ){0,3}quota|limit of sent messages"
        r"|\b[45]\.(?:7|4)\.\d+\b.{0,60}\b(?<!queue )quota exceeded|发[信送].{0,12}(?:超|限)"
        r"|每[日天小].{0,12}(?:超|限)",
        Meaning.account,
        "PHPMailer/PHPMailer#2113, policyd, Postfix policy daemons, SES, Exchange, coremail",
    ),
    # Amazon SES: so many a second, and that passes at once.
    row(r"maximum sending rate|throttling", Meaning.pace, "docs.aws.amazon.com/ses (454)"),
)  # fmt: skip

_PROVIDERS = (
    # NetEase (163.com, 126.com, yeah.net): DT:SPM is the content; the rest is the IP address, the
    # domain, the rate or the number of commands. RC is the recipient.
    row(r"\bDT:SPM\b", Meaning.message, "help.mail.163.com/faq.do?m=list&categoryID=90"),
    row(r"\b(?:DT|HL|IB|IC|IP|MI|RP|WM|MX):[A-Z]{2,3}\b", Meaning.provider, "the same"),
    # Yahoo: TS and TSS are volume and complaints, BL and IPTS the address it came from; PH is
    # what the message looks like.
    row(r"\[(?:TSS?|BL|IPTS|GL)\d+\]", Meaning.provider, "senders.yahooinc.com/smtp-error-codes"),
    row(r"\[PH\d+\]", Meaning.message, "senders.yahooinc.com/smtp-error-codes"),
    # Outlook.com: the IP address is on its list, or has no reputation yet; OU, SC and DY are why.
    row(
        r"\(?\bS(?:3140|3150|3114|843|8001|8002|77719|775)\b|\b(?:OU|SC|DY)-00\d\b",
        Meaning.provider,
        "sendersupport.olc.protection.outlook.com/pm/troubleshooting.aspx",
    ),
    row(
        r"unusual rate|unsolicited mail originating|low reputation|spam sender|\bAS\(?7771",
        Meaning.provider,
        "support.google.com/a/answer/3726730 (4.7.28, 5.7.1); smtp.codes/qq; Exchange 4.7.500",
    ),
)  # fmt: skip

_ACCOUNT = (
    row(
        r"relay(?:ing)?(?! recipient|[=_])\b.{0,40}?(?:denied|prohibited|forbidden|disallowed"
        r"|refused|rejected|blocked|restricted|(?:not|n't) (?:be )?(?:permitted|allowed"
        r"|authori[sz]ed|accepted|supported|enabled|possible))"
        r"|(?:\b(?:not|no|unable|cannot|refus\w+|invalid credentials)|n't)\b"
        rf"{NEAR}\brelay(?:ing)?\b(?! recipient|\s?[=_])|as (?:a|an open) relay|open relay"
        r"|allowed rcpthosts|relaying (?:mail )?to",
        Meaning.account,
        "namshi/docker-smtp#77 (Exim), postalserver/postal#647, Postfix, sendmail, qmail, Zoho",
    ),
    row(
        r"mail from must|must be (?:the )?same as authori[sz]|not owned by|sendasdenied"
        rf"|{_OUR_SENDER}{NEAR}"
        r"(?:owned|verif|permission|allowed|permitted|authori[sz]ed|signature)"
        r"|not (?:permitted|allowed|authori[sz]ed) to send|does not have permissions? to send"
        r"|not a (?:registered|confirmed|verified) sender|unconfigured sending"
        r"|unregistered domain|不是.{0,8}发[信件]",
        Meaning.account,
        "mailcow/mailcow#505, odoo/odoo#10833, QQ and 163 (553), Exchange 5.7.60, Postmark",
    ),
    row(
        r"(?:identit(?:y|ies)|(?<!recipient )(?:e-?mail )?address|domain|account) "
        r"(?:is |are |was |has )?(?:not|n't|un)[ -]?(?:been |yet )*(?:verified|validated|confirmed)"
        r"|failed the check in region",
        Meaning.account,
        "docs.aws.amazon.com/ses: 554 Email address is not verified",
    ),
    row(
        r"authentication (?:is )?(?:required|failed|needed|credentials|rejected|unsuccessful)"
        r"|must (?:first )?(?:be )?(?:authenticat|log ?in|issue)|(?:client|was|you are) not "
        r"(?:authenticated|logged)|(?:please|must) (?:log ?in|authenticate)|auth(?:enticate)? first"
        r"|authorization failed|need (?:to )?auth",
        Meaning.account,
        "RFC 4954 6; Exchange 5.7.1 Client was not authenticated; coremail",
    ),
    row(
        r"(?:sending|outgoing|outbound|submission|sender)\b.{0,40}?\b(?:paused|suspended|disabled"
        r"|stopped|blocked|banned|locked|frozen)"
        r"|\byour (?:account|subscription|plan|trial)\b.{0,60}?"
        r"(?:suspend|disabled|blocked|closed|expired|not active|inactive|limited|locked|frozen)"
        r"|bad outbound sender|(?:disabled|blocked|banned|suspended) from sending",
        Meaning.account,
        "SES 554 Sending paused, Exchange 5.1.8, Mailgun, SendGrid",
    ),
)  # fmt: skip

_HOST = (
    # Postfix says its refusals of client, HELO and sender at RCPT (smtpd_delay_reject).
    row(
        r"(?:sender|helo|ehlo|client|etrn)(?: address| command| host)? (?:was )?reject"
        r"|(?:sender|callout|call-?back)\w* (?:verif|check)|verification failed for",
        Meaning.host,
        "r-raymond/nixos-mailserver#9, Postfix access(5), Exim sender verify",
    ),
    row(
        r"blocked using|\bbanned\b(?! content)|\b(?:client|ip)\b[^.;]{0,60}"
        r"(?:blocked|block for|bloqu|refused|denied|not (?:allowed|accepted|permitted))"
        r"|blocked (?:ip|host)",
        Meaning.host,
        "Postfix postscreen(8), Exchange 5.7.606, Orange OFR006_102",
    ),
    row(
        rf"{_OUR_SENDER}{NEAR}{_REFUSED}|{_REFUSED}{NEAR}{_OUR_SENDER}|in reply to mail from"
        r"|\b(?:server|network|connections?)\b[^.;]{0,60}(?:blocked|not (?:allowed|accepted))"
        r"|after mail from|after initial connection|my name was rejected|e?metteur (?:invalide"
        r"|inconnu)|expéditeur",
        Meaning.provider,
        "Exim, Postfix, Mimecast, Exchange 5.7.515, Orange OFR004_405",
    ),
    row(
        r"\bDMARC\b|\bSPF\b|\bDKIM\b|sender policy framework|unauthenticated",
        Meaning.provider,
        "RFC 7208, RFC 7489, what Gmail, Yahoo and Outlook.com ask since 2024",
    ),
    row(
        r"\bPTR\b|reverse[ -]?(?:dns|lookup|hostname|record)|\brDNS\b|find your (?:reverse )?host"
        r"|ip name lookup|helo\b.{0,40}(?:invalid|not|mismatch)|(?:invalid|bad) (?:helo|ehlo)"
        r"|dynamic ip|generic (?:dns|ptr)|unresolvable relay host",
        Meaning.provider,
        "RFC 1912 2.1; GMX, Comcast, AT&T, Gmail 5.7.25",
    ),
    row(
        r"spamhaus|spamcop|barracudacentral|abuseat|\b\w*(?:RBL|DNSBL|SURBL)\b|(?:black|block|deny)"
        r"[ -]?list|\breputation\b|(?<!not )listed (?:at|by|in|on)\b(?! .{0,12}direct)",
        Meaning.provider,
        "RFC 5782; cPanel, Exchange, Yahoo, Gmail",
    ),
    row(
        r"too many (?:connections|errors|hops|concurrent)|mail loop|loop detected|hop count",
        Meaning.policy,
        "RFC 5321 6.3; Postfix",
    ),
)  # fmt: skip

#: In this order: a limit names a sender too, and a provider's own code says more than its words.
ROWS = (*_LIMITS, *_PROVIDERS, *_ACCOUNT, *_HOST)
