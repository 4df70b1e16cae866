"""What mail servers say of a mailbox, its owner, and a message.

The first row that fits decides. WAITING comes before the table of the sender, since "user over
quota" is no limit of ours; ROWS after it, since a sentence about our sender often ends in "not
found" or "unknown" too. To add a row, give its source: a provider's documentation, or
repository#issue where somebody was refused.
"""

from __future__ import annotations

from publisher.delivery.meaning import Meaning, row

#: Words between a noun and what is said of it: in the same sentence, and about nothing else.
_OTHERS = r"sender|from|host|domain|server|dns|mx|relay|policy|ip|helo|client|spf|dmarc|message"
_GAP = rf"(?:(?!\b(?:{_OTHERS})\b)(?:[^.;!?]|\.(?=\S))){{0,60}}?"
_WHO = (
    r"\b(?:user(?:name)?s?|mail ?box(?:es)?|recipients?|addressees?|accounts?|address(?:es)?|inbox"
    r"|local[- ]part|alias|customer|subscriber|person)\b"
)
_MAILBOX = r"\b(?:user|mail ?box|recipient|addressee|inbox|address|account that you tried)\b"
_NO_SUCH = (
    r"\b(?:unknown(?! (?:error|reason|command))|(?:not|n't|nt) (?:yet |currently |be |been )?"
    r"(?:exists?|existing|found|located|known|listed|recogni[sz]ed|present|registered)"
    r"|(?:is|are|was) not (?:an? )?(?:valid|local|active|known|existing|current)"
    r"|no longer (?:\w+ ){0,2}(?:valid|exists?|available|active|used|use|here|accepts?|employed)"
    r"|does ?n[o']t (?:\w+ )?exists?|invalid|non-?exist[ae]nt|inexist[ae]nt|unallocated)\b"
)
_CLOSED = (
    r"\b(?:disabled|deactivated|closed|terminated|deleted|removed|cancell?ed|discontinued"
    r"|de-?provisioned)\b"
)

WAITING = (
    row(r"gr[ea]y-?list", Meaning.busy, "RFC 6647"),
    # A recipient who is sent too much, by anybody.
    row(
        r"receiving (?:e?mail|messages?) (?:too (?:quickly|fast)|at a rate)",
        Meaning.busy,
        "support.google.com/a/answer/3726730",
    ),
    row(
        r"recipient has exceeded|(?:can|may) receive per|to this recipient per|too many recent mess"
        r"|too many messages? (?:for|to) th|mailbox unavailable or access denied",
        Meaning.busy,
        "learn.microsoft.com 5.2.121, 5.2.122; Comcast; smtp.codes/qq",
    ),
    # QQ: the domain, the sender or the IP address sent too much in a minute, an hour or a day.
    row(r"frequency (?:is )?limited", Meaning.pace, "service.mail.qq.com, smtp.codes/qq"),
    # A full mailbox.
    row(
        r"over(?: the)?(?: allowed)?[ -]?(?:disk |mail |storage )?quota|\bmail(?:box|dir|folder)?\b"
        rf"{_GAP}\b(?:full|quota|size limit)|\b(?:full|exceed\w*){_GAP}\bmail(?:box|folder)\b"
        r"|inbox is (?:full|out of)|out of storage|(?:disk|storage|disc) ?(?:space )?quota"
        rf"|user\b{_GAP}(?:\bquota|has used up|full\b)|recipient (?:is|has|reached"
        rf"|over)\b{_GAP}quota"
        r"|quota violation"
        r"|(?:not|n't|in)(?: have)?[ -]?(?:enough|sufficient) (?:disk |storage )?space"
        r"|storage allocation|no space left|space has been used up|too much mail data",
        Meaning.mailbox,
        "RFC 5321 4.2.3; Postfix, Courier, vpopmail, Dovecot, Gmail, Exchange",
    ),
    row(
        r"收件人空间不足|邮箱(?:空间)?(?:已满|不足)|bo[iî]te (?:du destinataire "
        r"|aux lettres )?pleine"
        r"|postfach (?:ist )?voll|buz[oó]n lleno|casella piena|容量.{0,6}超|いっぱい",
        Meaning.mailbox,
        "service.mail.qq.com; Orange OFR_417; Sisimai's collection",
    ),
)  # fmt: skip

_PASSING = (
    row(
        r"temporar|momentan|vorübergehend|暂时|retry (?:time|later)|(?:try|come"
        r"|retry)(?: again)? later"
        r"|greet pause|over(?:ly)? ?(?:loaded|load)|too busy|server busy",
        Meaning.busy,
        "RFC 5321 4.2.3; Exim retry",
    ),
    # Who comes back finds it as it was: Yandex, Rambler, Free, QQ 1000742.
    row(
        r"suspend|inactiv|\blocked\b|\bfrozen\b|blocked due to|quarantin|not active\b|archiv[ée]",
        Meaning.resting,
        "smtp.codes/qq; help.mail.163.com; Gmail, Free 5.2.1, Rambler, Orange",
    ),
)  # fmt: skip

_GONE = (
    # Exchange Online does not know the recipient. Without its own mark the words are anybody's.
    row(
        r"5\.4\.1 .{0,60}recipient address rejected: access denied.{0,60}"
        r"(?:\bAS\(2018062|(?:prod|protection)\.outlook\.com)",
        Meaning.gone,
        "spamresource.com/2023/09/microsoft-multiple-types-of-invalid.html",
    ),
    row(
        r"recipient address rejected:? \W*access denied",
        Meaning.mailbox,
        "smtpfieldmanual.com: `sometimes caused by internal setup or routing issues`",
    ),
    row(
        r"(?:host|domain)(?: or domain name| name)? (?:unknown(?!\[)|not found(?!,? try)"
        r"|does ?n[o']t"
        r" exist|doesn't exist|is (?:not found|invalid|unknown))|unknown (?:host|domain)\b(?!\[)"
        r"|no such (?:host|domain)|find any host (?:named|by that name)|domain does ?n[o']t exist"
        r"|(?:domain|host) .{0,40}(?:does not exist|could ?n[o']t be found|not found)(?!,? try)"
        r"|recipient domain must exist|null ?mx|does not accept (?:any )?mail|域名不存在"
        r"|no (?:mx|dns) records? (?:found )?for|name or service not known|does not resolve"
        r"|unroute?able (?:mail )?(?:address|domain)|illegal host/domain"
        r"|find a mail exchanger|indicated no smtp service|no mx found",
        Meaning.no_domain,
        "Exim, Postfix (a failing name server is 4.4.3), sendmail, qmail 5.1.2, RFC 7505",
    ),
    row(
        rf"\b(?:unknown|unallocated|invalid|illegal|non-?exist[ae]nt|inexistent|no|bad destination"
        r"|unavailable|unrecogni[sz]ed)(?: such| valid)? (?:or (?:unknown|invalid) )?"
        r"(?:local |virtual |e-?mail |mail |rcpt |destination |recipient |user )*"
        rf"(?<!sender )(?:{_WHO}|\brcpt to\b|\bmail user\b)(?! (?:agent|error|id\b|interface))"
        r"(?! (?:is |was )?(?:specified|allowed|can)\b)",
        Meaning.gone,
        "RFC 5321 4.2.3; Postfix, Exim, sendmail, Exchange, QQ, NetEase, coremail",
    ),
    row(rf"{_WHO}{_GAP}{_NO_SUCH}", Meaning.gone, "Postfix, Exim, Gmail, Apple, Rackspace, QQ"),
    row(rf"{_MAILBOX}{_GAP}{_CLOSED}", Meaning.gone, "Gmail 5.2.1, Yahoo 554.30, mail.ru"),
    row(
        r"\bno such (?:\w+ )?(?:user|mail|person|recipient|address)|no (?:mail ?box"
        r"|account) (?:here |by"
        r"|found|available)|no one (?:at|by) th|doesn'?t have an? \S* ?account|not have an? account"
        r"|not (?:our|a) customer|not (?:in|on) (?:the |our )?(?:recipient|user|address) list"
        r"|not listed in .{0,20}(?:directory|address book)|invalid final delivery userid"
        r"|unknown (?:local[- ]part|user)|usuarios?unknown|userunknown"
        r"|recip(?:ient)?notfound|adr\.(?:ex)?recip\w*notfound|not a valid (?:e-?mail |RFC-\d+ "
        r"|mail )?"
        r"?(?:address|mailbox|recipient|user)|bad (?:recipient "
        r"|destination )?(?:mailbox )?address\b"
        r"|no longer (?:valid|available|employed|with us|works)|invalid-recipient|not a known user"
        r"|not user of this server|destination addresses? were unknown|is marked as invalid"
        r"|no valid recipients|is not (?:an )?(?:active|valid|existing) (?:address|account"
        r"|mailbox)",
        Meaning.gone,
        "qmail, Yahoo 554, Comcast, AT&T, Notes, Exchange, Google, Trend Micro, Zerospam, coremail",
    ),
    # Outlook.com's own code; without it the words are RFC 5321's for anything.
    row(
        r"mailbox unavailable.{0,5}\(S2017062302\)|mailbox unavailable.{0,90}"
        r"protection\.outlook\.com",
        Meaning.gone,
        "spamresource.com/2023/09/microsoft-multiple-types-of-invalid.html",
    ),
    row(
        r"(?:用户|用戶|收件人|收信人|邮箱|郵箱|郵件|邮件|帐号|账号|账户|地址|信箱).{0,12}"
        r"(?:不存在|未找到|找不到|不正确|无效|已注销|已停用|已禁用|被禁用|未开通)|(?:无此|没有此"
        r"|没有这个|查无此)"
        r".{0,4}(?:用户|人|邮箱|帐号|账号)|找不到.{0,12}(?:用户|收件人|邮箱|地址)|RC:(?:LD|NE)",
        Meaning.gone,
        "service.mail.qq.com; dbmailserver.com/tui-xin-address-not-exist.htm",
    ),
    row(
        r"(?:宛先|メールアドレス|ユーザ).{0,20}(?:見つかり|存在しま|不明)"
        r"|ディレクトリ.{0,12}(?:見つかり|ありません)|존재하지 않는|없는 (?:사용자|메일|계정)"
        r"|(?:destinataire|utilisateur|adresse|bo[iî]te)\b.{0,40}(?:invalide|inconnu|inexistant"
        r"|existe)"
        r"|(?:empfänger|benutzer|postfach|adresse)\b.{0,30}(?:unbekannt|existiert nicht|ungültig)"
        r"|unbekannter (?:empfänger|benutzer)|usuario (?:desconocido|inexistente)"
        r"|no existe (?:\w+ )?"
        r"(?:persona|usuario|cuenta|buz)|usu[aá]rio (?:desconhecido|inexistente|não)"
        r"|destinat[aá]rio"
        r" (?:inexistente|desconhecido|não)|utente (?:sconosciuto|inesistente|simile)|nieznany"
        r"|(?:пользовател|ящик|адрес|получател)\w*.{0,30}(?:не найден|не существует|неизвест)",
        Meaning.gone,
        "Orange OFR_416, docomo, Naver, T-Online, Terra, UOL, Libero, Mail.ru",
    ),
)  # fmt: skip

_WEAK = (
    row(
        r"content (?:denied|reject|restrict)|(?<![\w.-])(?:spam(?:my|ming)?|junk ?mail|virus"
        r"|malware"
        r"|phish\w*)(?![\w-]*\.\w)|message (?:is )?(?:too (?:large|big)|filtered|size)|"
        r"size (?:limit|exceed)|attachment|垃圾|header|line too long|message (?:content )?reject"
        r"|suspicious|not (?:RFC|in compliance)|considered",
        Meaning.message,
        "QQ, SpamAssassin behind Exim or Amavis, Gmail, ProtonMail, Free, mail.ru, RFC 1870",
    ),
    row(
        r"polic(?:y|ies)|prohibit|\bblocked\b|administrative|not (?:accepted|allowed|authori[sz]ed"
        r"|permitted)|denied|rejected by|refus|security polic|unauthori[sz]ed|restrict"
        r"|envelope block",
        Meaning.policy,
        "Mimecast, Barracuda, GMX, Zoho, Yandex, Exchange",
    ),
    row(
        r"mailbox (?:is )?unavailable|recipient (?:is )?unavailable|user not local"
        r"|name not allowed",
        Meaning.vague,
        "RFC 5321 4.2.3: `or command rejected for policy reasons`; Comcast 5.2.0",
    ),
    row(r"try (?:it |your message )?again|retry|timed? ?out", Meaning.busy, "RFC 5321 4.5.4.1"),
)  # fmt: skip

#: In this order: what passes is often said of a user, and weak words are in other sentences too.
ROWS = (*_PASSING, *_GONE, *_WEAK)
