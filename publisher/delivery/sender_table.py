"""What mail servers say of whoever sends: the account, its limits, the server, its name.

The first row that fits decides. To add one, give its source: a provider's documentation, or
repository#issue where somebody was refused.
"""

from __future__ import annotations

from publisher.delivery.refusal_reason import NEAR, Meaning, row

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
    row(Meaning.account,
        "gophish/gophish#1604 (Gmail 5.4.5), learn.microsoft.com 5.1.90, cPanel, SES, GoDaddy",
        rf"{_PERIOD}{NEAR}{_LIMIT}", rf"{_LIMIT}{NEAR}{_PERIOD}",
    ),
    row(Meaning.account,
        "PHPMailer/PHPMailer#2113, policyd, Postfix policy daemons, SES, Exchange, coremail",
        rf"{_SENDS}{NEAR}(?:quota|\blimits?\b|credits){NEAR}(?:exceed|reach|over)",
        rf"(?:exceed|reach)\w*+{NEAR}{_SENDS}{NEAR}(?:quota|\blimit)", r"submissionquota",
        r"sending (?:limit|quota)", r"(?:message|relay) (?:limit|quota) exceeded",
        r"policy rejection\W+(?:\w+ ){0,3}quota", r"limit of sent messages",
        r"\b[45]\.(?:7|4)\.\d+\b.{0,60}\b(?<!queue )quota exceeded", r"发[信送].{0,12}(?:超|限)",
        r"每[日天小].{0,12}(?:超|限)",
    ),
    # Amazon SES: so many a second, and that passes at once.
    row(Meaning.pace, "docs.aws.amazon.com/ses (454)",
        r"maximum sending rate", r"throttling",
    ),
)  # fmt: skip

_PROVIDERS = (
    # NetEase (163.com, 126.com, yeah.net): DT:SPM is the content; the rest is the IP address, the
    # domain, the rate or the number of commands. RC is the recipient.
    row(Meaning.message, "help.mail.163.com/faq.do?m=list&categoryID=90",
        r"\bDT:SPM\b",
    ),
    row(Meaning.provider, "the same",
        r"\b(?:DT|HL|IB|IC|IP|MI|RP|WM|MX):[A-Z]{2,3}\b",
    ),
    # Yahoo: TS and TSS are volume and complaints, BL and IPTS the address it came from; PH is
    # what the message looks like.
    row(Meaning.provider, "senders.yahooinc.com/smtp-error-codes",
        r"\[(?:TSS?|BL|IPTS|GL)\d+\]",
    ),
    row(Meaning.message, "senders.yahooinc.com/smtp-error-codes",
        r"\[PH\d+\]",
    ),
    # Outlook.com: the IP address is on its list, or has no reputation yet; OU, SC and DY are why.
    row(Meaning.provider, "sendersupport.olc.protection.outlook.com/pm/troubleshooting.aspx",
        r"\(?\bS(?:3140|3150|3114|843|8001|8002|77719|775)\b", r"\b(?:OU|SC|DY)-00\d\b",
    ),
    row(Meaning.provider,
        "support.google.com/a/answer/3726730 (4.7.28, 5.7.1); smtp.codes/qq; Exchange 4.7.500",
        r"unusual rate", r"(?:high|excessive|unusual) (?:volume|sending)",
        r"unsolicited mail originating", r"low reputation", r"spam sender",
        r"\bAS\(?7771",
    ),
    # Who tries many that do not exist is taken for one who collects addresses.
    row(Meaning.provider, "Postfix smtpd_hard_error_limit; Exchange tarpitting",
        r"too many (?:\w+ )?(?:invalid|unknown|non-?exist\w*|bad|wrong|failed)\b",
    ),
)  # fmt: skip

_ACCOUNT = (
    row(Meaning.account,
        "namshi/docker-smtp#77 (Exim), postalserver/postal#647, Postfix, sendmail, qmail, Zoho",
        (r"relay(?:ing)?(?! recipient|[=_])\b.{0,40}?(?:denied|prohibited|forbidden"
         r"|disallowed|refused|rejected|blocked|restricted|(?:not|n't) (?:be )?(?:permitted"
         r"|allowed|authori[sz]ed|accepted|supported|enabled|possible))"),
        (rf"(?:\b(?:not|no|unable|cannot|refus\w+|invalid credentials)"
         rf"|n't)\b{NEAR}\brelay(?:ing)?\b(?! recipient|\s?[=_])"),
        r"as (?:a|an open) relay", r"(?:open|insecure mail) relay", r"allowed rcpthosts",
        r"relaying (?:mail )?to",
    ),
    row(Meaning.account,
        "mailcow/mailcow#505, odoo/odoo#10833, QQ and 163 (553), Exchange 5.7.60, Postmark",
        r"mail from must", r"must be (?:the )?same as authori[sz]", r"not owned by",
        r"sendasdenied",
        (rf"{_OUR_SENDER}{NEAR}(?:owned|verif|permission|allowed|permitted|authori[sz]ed"
         rf"|signature)"),
        r"not (?:permitted|allowed|authori[sz]ed) to send", r"does not have permissions? to send",
        r"not a (?:registered|confirmed|verified) sender", r"unconfigured sending",
        r"unregistered domain", r"不是.{0,8}发[信件]",
    ),
    row(Meaning.account, "docs.aws.amazon.com/ses: 554 Email address is not verified",
        (r"(?:identit(?:y|ies)|(?<!recipient )(?:e-?mail )?address|domain|account) (?:is |are"
         r" |was |has )?(?:not|n't|un)[ -]?(?:been |yet )*(?:verified|validated|confirmed)"),
        r"failed the check in region",
    ),
    row(Meaning.account, "RFC 4954 6; Exchange 5.7.1 Client was not authenticated; coremail",
        r"authentication (?:is )?(?:required|failed|needed|credentials|rejected|unsuccessful)",
        r"must (?:first )?(?:be )?(?:authenticat|log ?in|issue)",
        r"(?:client|was|you are) not (?:authenticated|logged)",
        r"(?:please|must) (?:log ?in|authenticate)", r"auth(?:enticate)? first",
        r"authorization failed", r"need (?:to )?auth", r"\bpassword\b",
        r"mot de passe|passwort|kennwort|contraseña|\bsenha\b|密码|пароль", r"invalid credentials",
    ),
    row(Meaning.account, "SES 554 Sending paused, Exchange 5.1.8, Mailgun, SendGrid",
        (r"(?:sending|outgoing|outbound|submission|sender)\b.{0,40}?\b(?:paused|suspended"
         r"|disabled|stopped|blocked|banned|locked|frozen)"),
        (r"\byour (?:account|service|mailbox|domain|subscription|plan|trial)\b"
         r".{0,60}?(?:suspend|disabled|blocked"
         r"|closed|expired|not active|inactive|limited|locked|frozen)"),
        r"not (?:permitted|allowed|authori[sz]ed) to (?:use|access) (?:this|the) serv",
        r"relay service (?:is )?not", r"bad outbound sender",
        r"(?:disabled|blocked|banned|suspended) from sending",
    ),
)  # fmt: skip

_HOST = (
    # Postfix says its refusals of client, HELO and sender at RCPT (smtpd_delay_reject).
    row(Meaning.host, "r-raymond/nixos-mailserver#9, Postfix access(5), Exim sender verify",
        r"(?:sender|helo|ehlo|client|etrn)(?: address| command| host)? (?:was )?reject",
        r"(?:sender|callout|call-?back)\w* (?:verif|check)", r"verification failed for",
    ),
    row(Meaning.host, "Postfix postscreen(8), Exchange 5.7.606, Orange OFR006_102",
        r"blocked using", r"\bbanned\b(?! content)",
        (r"\b(?:client|ip)\b[^.;]{0,60}(?:blocked|block for|bloqu|refused|denied|not"
         r" (?:allowed|accepted|permitted))"),
        r"blocked (?:ip|host)",
    ),
    row(Meaning.provider, "Exim, Postfix, Mimecast, Exchange 5.7.515, Orange OFR004_405",
        rf"{_OUR_SENDER}{NEAR}{_REFUSED}", rf"{_REFUSED}{NEAR}{_OUR_SENDER}",
        r"in reply to mail from",
        r"\b(?:server|network|connections?)\b[^.;]{0,60}(?:blocked|not (?:allowed|accepted))",
        r"after mail from", r"after initial connection", r"my name was rejected",
    ),
    row(Meaning.provider, "Orange OFR004_405, T-Online, coremail, Mail.ru",
        (r"(?:absender|exp[ée]diteur|[ée]metteur|remitente|remetente|mittente|отправител|nadawc"
         r"|afzender)\w*\b.{0,40}(?:unbekannt|ungültig|abgelehnt|invalid|inconnu|inexist|rechaz"
         r"|rejeit|não|rifiut|отклон|не |nieznan|geweigerd)"),
        r"(?:发件|发信|寄件|發件|寄信).{0,20}(?:不存在|无效|拒绝|不允许|未|错误|不正确|被|不匹配)",
    ),
    row(Meaning.provider, "RFC 7208, RFC 7489, what Gmail, Yahoo and Outlook.com ask since 2024",
        r"\bDMARC\b", r"\bSPF\b", r"\bDKIM\b", r"sender policy framework", r"unauthenticated",
    ),
    row(Meaning.provider, "RFC 1912 2.1; GMX, Comcast, AT&T, Gmail 5.7.25",
        r"\bPTR\b", r"reverse[ -]?(?:dns|lookup|hostname|record)", r"\brDNS\b",
        r"find your (?:reverse )?host", r"ip name lookup",
        r"helo\b.{0,40}(?:invalid|not|mismatch)", r"(?:invalid|bad) (?:helo|ehlo)", r"\(helo\)",
        r"(?:invalid|mismatch\w*) (?:client )?ip\b", r"dynamic ip", r"generic (?:dns|ptr)",
        r"unresolvable relay host",
    ),
    row(Meaning.provider, "RFC 5782; cPanel, Exchange, Yahoo, Gmail",
        r"spamhaus", r"spamcop", r"barracudacentral", r"abuseat", r"\b\w*(?:RBL|DNSBL|SURBL)\b",
        r"(?:black|block|deny)[ -]?list", r"\breputation\b",
        r"(?<!not )listed (?:at|by|in|on)\b(?! .{0,12}direct)",
    ),
    row(Meaning.policy, "RFC 5321 6.3; Postfix",
        r"too many (?:connections|errors|hops|concurrent)", r"mail loop", r"loop detected",
        r"hop count", r"(?:white|allow|contact|friends?|members?|senders?)[ -]?list",
    ),
    row(Meaning.message, "RFC 5322 3.6",
        r"\b(?:to|cc|from|reply-to|date):? (?:header|field|line)",
    ),
)  # fmt: skip

#: In this order: a limit names a sender too, and a provider's own code says more than its words.
ROWS = (*_LIMITS, *_PROVIDERS, *_ACCOUNT, *_HOST)
