"""What mail servers say of a mailbox, its owner, and a message.

The first row that fits decides. WAITING comes before the table of the sender, since "user over
quota" is no limit of ours; ROWS after it, since a sentence about our sender often ends in "not
found" or "unknown" too. To add a row, give its source: a provider's documentation, or
repository#issue where somebody was refused.
"""

from __future__ import annotations

from publisher.delivery.refusal_reason import Meaning, row

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
    r"|does ?n[o']t (?:\w+ )?exists?|invalid"
    r"(?! (?:dns|mx|signature|cert|char|command|arg|param|header|content|cred))"
    r"|non-?exist[ae]nt|inexist[ae]nt|unallocated)\b"
)
_CLOSED = (
    r"\b(?:disabled|deactivated|closed|terminated|deleted|removed|cancell?ed|discontinued"
    r"|de-?provisioned)\b(?! (?:the )?connection)"
)

WAITING = (
    row(Meaning.busy, "RFC 6647",
        r"gr[ea]y-?list",
    ),
    # A recipient who is sent too much, by anybody.
    row(Meaning.busy, "support.google.com/a/answer/3726730",
        r"receiving (?:e?mail|messages?) (?:too (?:quickly|fast)|at a rate)",
    ),
    row(Meaning.busy, "learn.microsoft.com 5.2.121, 5.2.122; Comcast; smtp.codes/qq",
        r"recipient has exceeded", r"(?:can|may) receive per", r"to this recipient per",
        r"too many recent mess", r"too many messages? (?:for|to) th",
        r"mailbox unavailable or access denied",
    ),
    # QQ: the domain, the sender or the IP address sent too much in a minute, an hour or a day.
    row(Meaning.pace, "service.mail.qq.com, smtp.codes/qq",
        r"frequency (?:is )?limited",
    ),
    # A full mailbox.
    row(Meaning.mailbox, "RFC 5321 4.2.3; Postfix, Courier, vpopmail, Dovecot, Gmail, Exchange",
        r"over(?: the)?(?: allowed)?[ -]?(?:disk |mail |storage )?quota",
        rf"\bmail ?(?:box|dir|folder)\b{_GAP}\b(?:full|quota|size limit)",
        rf"\b(?:full|exceed\w*){_GAP}\bmail(?:box|folder)\b", r"inbox is (?:full|out of)",
        r"out of storage", r"(?:disk|storage|disc) ?(?:space )?quota",
        rf"user\b{_GAP}(?:\bquota|has used up|full\b)",
        rf"recipient (?:is|has|reached|over)\b{_GAP}quota", r"quota violation",
        r"(?:not|n't|in)(?: have)?[ -]?(?:enough|sufficient) (?:disk |storage )?space",
        r"storage allocation", r"no space left", r"space has been used up", r"too much mail data",
    ),
    row(Meaning.mailbox, "service.mail.qq.com; Orange OFR_417; Sisimai's collection",
        r"收件人空间不足", r"邮箱(?:空间)?(?:已满|不足)",
        r"bo[iî]te (?:du destinataire |aux lettres )?pleine", r"postfach (?:ist )?voll",
        r"buz[oó]n lleno", r"casella piena", r"容量.{0,6}超", r"いっぱい",
    ),
)  # fmt: skip

_PASSING = (
    row(Meaning.busy, "RFC 5321 4.2.3; Exim retry",
        r"temporar", r"momentan", r"vorübergehend", r"暂时", r"retry (?:time|later)",
        r"(?:try|come|retry)(?: again)? later", r"greet pause", r"over(?:ly)? ?(?:loaded|load)",
        r"too busy", r"server busy",
    ),
    # Whose account, it does not say: ours at the relay, or the recipient's.
    row(Meaning.vague, "SES, Mailgun; Yahoo",
        (r"^(?:\d{3} )?(?:#?[245]\.\d+\.\d+ )?(?:this |the )?account (?:has been |is |was )?"
         r"(?:suspended|disabled|blocked|locked|closed|inactive)"),
    ),
    # Who comes back finds it as it was: Yandex, Rambler, Free, QQ 1000742.
    row(Meaning.resting, "smtp.codes/qq; help.mail.163.com; Gmail, Free 5.2.1, Rambler, Orange",
        r"suspend", r"inactiv", r"\blocked\b", r"\bfrozen\b", r"blocked due to",
        r"(?:account|mailbox|compte)\b.{0,30}\bblo(?:cked|qu)", r"quarantin", r"not active\b",
        r"archiv[ée]",
    ),
)  # fmt: skip

_GONE = (
    # Exchange Online does not know the recipient. Without its own mark the words are anybody's.
    row(Meaning.gone, "spamresource.com/2023/09/microsoft-multiple-types-of-invalid.html",
        (r"5\.4\.1 .{0,60}recipient address rejected: access denied.{0,60}(?:\bAS\(2018062"
         r"|(?:prod|protection)\.outlook\.com)"),
    ),
    row(Meaning.mailbox,
        "smtpfieldmanual.com: `sometimes caused by internal setup or routing issues`",
        r"recipient address rejected:? \W*access denied",
    ),
    row(Meaning.no_domain,
        "Exim, Postfix (a failing name server is 4.4.3), sendmail, qmail 5.1.2, RFC 7505",
        (r"(?<!your )(?:host|domain)(?: or domain name| name)? (?:unknown(?!\[)|not found(?!,? try)"
         r"|does ?n[o']t exist|doesn't exist|is (?:not found|invalid|unknown))"),
        r"unknown (?:host|domain)\b(?! ?[\w\[])", r"no such (?:host|domain)",
        r"find any host (?:named|by that name)", r"domain does ?n[o']t exist",
        (r"(?<!your )(?:domain|host) (?!header)\S+ (?:does not exist|could ?n[o']t be found"
         r"|not found)(?!,? try)"),
        r"recipient domain must exist", r"null ?mx",
        r"(?:host|domain|server) does not accept (?:any )?mail(?! from)",
        r"域名不存在", r"no (?:mx|dns) records? (?:found )?for", r"name or service not known",
        r"does not resolve", r"unroute?able (?:mail )?(?:address|domain)", r"illegal host/domain",
        r"5\.(?:4\.4|1\.2) invalid domain", r"find a mail exchanger", r"indicated no smtp service",
        r"no mx found",
    ),
    row(Meaning.gone, "RFC 5321 4.2.3; Postfix, Exim, sendmail, Exchange, QQ, NetEase, coremail",
        (rf"\b(?:unknown|unallocated|invalid|illegal|non-?exist[ae]nt|inexistent|bad"
         rf" destination|unavailable|unrecogni[sz]ed) (?:or (?:unknown|invalid) )?(?:local "
         rf"|virtual |e-?mail |mail |rcpt |destination |recipient |user )*(?<!sender"
         rf" )(?:{_WHO}|\brcpt to\b|\bmail user\b)(?! (?:agent|error|id\b|interface|family"
         rf"|permission))(?! (?:is |was )?(?:specified|allowed|can)\b)"),
    ),
    row(Meaning.gone, "Postfix, Exim, Gmail, Apple, Rackspace, QQ",
        rf"{_WHO}{_GAP}{_NO_SUCH}",
    ),
    row(Meaning.gone, "Gmail 5.2.1, Yahoo 554.30, mail.ru",
        rf"{_MAILBOX}{_GAP}{_CLOSED}", r"\bdisabled (?:recipient|mailbox|user)\b",
    ),
    row(Meaning.gone,
        "qmail, Yahoo 554, Comcast, AT&T, Notes, Exchange, Google, Trend Micro, Zerospam, coremail",
        r"\bno such (?:\w+ )?(?:user|mail|person|recipient|address)",
        r"no (?:mail ?box|account|user) (?:here|by|found|available|for|with|named)",
        r"no one (?:at|by) th", r"doesn'?t have an? \S* ?account", r"not have an? account",
        r"not (?:our|a) customer", r"not (?:in|on) (?:the |our )?(?:recipient|user|address) list",
        r"not listed in .{0,20}(?:directory|address book)", r"invalid final delivery userid",
        r"unknown (?:local[- ]part|user)", r"usuarios?unknown", r"userunknown",
        r"recip(?:ient)?notfound", r"adr\.(?:ex)?recip\w*notfound",
        r"not a valid (?:e-?mail |RFC-\d+ |mail )??(?:address|mailbox|recipient|user)",
        r"bad (?:recipient |destination )?(?:mailbox )?address\b",
        r"no longer (?:valid|available|employed|works)", r"invalid-recipient", r"not a known user",
        r"validrcptto", r"do(?:es)?n'?t (?:have|exists?) (?:that|this|such a) user",
        r"no longer (?:on (?:this )?server|with (?:us|this|the)\b)", r"find any mail ?box",
        r"(?:^|[\s:])@:? (?:is |was )?(?:not found|unknown|does not exist)",
        r"\b5\.(?:2\.1|1\.1)\b.{0,60}\baccount\b.{0,30}\b(?:disabled|closed|deactivated)",
        r"not user of this server", r"destination addresses? were unknown",
        r"is marked as invalid",
        r"is not (?:an )?(?:active|valid|existing) (?:address|account|mailbox)",
    ),
    # Outlook.com's own code; without it the words are RFC 5321's for anything.
    row(Meaning.gone, "spamresource.com/2023/09/microsoft-multiple-types-of-invalid.html",
        r"mailbox unavailable.{0,5}\(S2017062302\)",
        r"mailbox unavailable.{0,90}protection\.outlook\.com",
    ),
    row(Meaning.gone, "service.mail.qq.com; dbmailserver.com/tui-xin-address-not-exist.htm",
        (r"(?:用户|用戶|收件人|收信人|邮箱|郵箱|帐号|账号|账户|邮件地址|邮箱地址"
         r"|信箱).{0,12}(?:不存在|未找到|找不到|不正确|无效|已注销|已停用|已禁用|被禁用|未开通)"),
        r"(?:无此|没有此|没有这个|查无此).{0,4}(?:用户|人|邮箱|帐号|账号)",
        r"找不到.{0,12}(?:用户|收件人|邮箱|地址)", r"RC:(?:LD|NE)",
    ),
    row(Meaning.gone, "Orange OFR_416, docomo, Naver, T-Online, Terra, UOL, Libero, Mail.ru",
        r"(?:宛先|メールアドレス|ユーザ).{0,20}(?:見つかり|存在しま|不明)",
        r"ディレクトリ.{0,12}(?:見つかり|ありません)",
        r"존재하지 않는 (?:사용자|메일|계정|주소|수신)",
        r"없는 (?:사용자|메일|계정)",
        (r"(?:destinataire|utilisateur|adresse|bo[iî]te)\b.{0,40}(?:invalide|inconnu"
         r"|inexistant|n['’ ]existe pas)"),
        (r"(?:empfänger|benutzer|postfach|adresse)\b.{0,30}(?:unbekannt|existiert nicht"
         r"|ungültig)"),
        r"unbekannter (?:empfänger|benutzer)", r"usuario (?:desconocido|inexistente)",
        r"(?:usuario|cuenta|buz[oó]n|direcci[oó]n)\b.{0,20}no existe",
        r"(?:uživatel|používateľ|schránka|adresa|příjemce)\w* .{0,20}ne(?:znám|exist)",
        r"ne(?:znám|exist)\w* (?:uživatel|používateľ|příjemce|schránka)",
        r"no existe (?:\w+ )?(?:persona|usuario|cuenta|buz)",
        r"usu[aá]rio (?:desconhecido|inexistente|não (?:existe|encontrado|cadastrado))",
        r"destinat[aá]rio (?:inexistente|desconhecido|não (?:existe|encontrado))",
        r"utente (?:sconosciuto|inesistente|simile)",
        r"użytkownik\w* (?:jest )?nieznan", r"nieznan\w* (?:użytkownik|adresat|odbiorc)",
        r"(?:пользовател|ящик|адрес|получател)\w*.{0,30}(?:не найден|не существует|неизвест)",
    ),
)  # fmt: skip

_WEAK = (
    row(Meaning.busy, "RFC 3463 3.5; Gmail, Postfix, sendmail, Exchange 5.4.316",
        r"connection (?:was )?(?:refused|reset|closed|lost|dropped|timed)", r"lost connection",
        r"did not accept our requests", r"no route to host", r"unreachable",
        r"unable to (?:connect|contact)", r"(?:delivery|message)(?: time)? expired",
    ),
    row(Meaning.message,
        "QQ, SpamAssassin behind Exim or Amavis, Gmail, ProtonMail, Free, mail.ru, RFC 1870",
        r"content (?:denied|reject|restrict)",
        r"(?<![\w.-])(?:spam(?:my|ming)?|junk ?mail|virus|malware|phish\w*)(?![\w-]*\.\w)",
        r"message (?:is )?(?:too (?:large|big)|filtered|size)", r"size (?:limit|exceed)",
        r"attachment", r"垃圾", r"header", r"line too long", r"message (?:content )?reject",
        r"suspicious", r"not (?:RFC|in compliance)", r"considered",
    ),
    row(Meaning.policy, "Mimecast, Barracuda, GMX, Zoho, Yandex, Exchange",
        r"polic(?:y|ies)", r"prohibit", r"\bblocked\b", r"administrative",
        r"not (?:accepted|allowed|authori[sz]ed|permitted)", r"denied",
        r"rejected by (?:the )?(?:recipients?|user)\b(?! domain)", r"refus", r"security polic",
        r"unauthori[sz]ed", r"restrict", r"envelope block",
    ),
    row(Meaning.vague, "RFC 5321 4.2.3: `or command rejected for policy reasons`; Comcast 5.2.0",
        r"mailbox (?:is )?unavailable", r"recipient (?:is )?unavailable", r"user not local",
        r"name not allowed",
    ),
    row(Meaning.busy, "RFC 5321 4.5.4.1",
        r"try (?:it |your message )?again", r"retry", r"timed? ?out",
    ),
)  # fmt: skip

#: In this order: what passes is often said of a user, and weak words are in other sentences too.
ROWS = (*_PASSING, *_GONE, *_WEAK)
