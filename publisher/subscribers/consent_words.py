"""Words that other services and people use for who wants mail and who does not.

Values of cells first (`STATUS_WORDS`, `YES`, `NO`, `EMPTY`), then names of columns (patterns).
All are compared in the form that `word` and `heading` return.
"""

from __future__ import annotations

import re
import unicodedata

from publisher.storage.plans import CONFIRMED
from publisher.storage.subscribers import SUPPRESSED, UNCONFIRMED, UNSUBSCRIBED

_ACCENTS = re.compile("[\u0300-\u036f]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_LETTER = re.compile(r"[\W_]+")
_BETWEEN_LETTERS = re.compile(r"(?<=\w)[\s_\-./:]+(?=\w)|_")
_NUMBER = re.compile(r"([+-]?\d+)(?:\.0+)?")
_AROUND = " \t\r\n\"'`.!*()[]{}‘’“”"


def _plain(text: str) -> str:
    """Return text in lower case, without accents, full-width letters as ASCII."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", text))


def normalise_heading(name: str) -> str:
    """Return a column's name as words with one space between them: `emailDisabled`, `E-mail`."""
    return _NO_LETTER.sub(" ", _plain(_CAMEL.sub(" ", name))).strip()


def normalise_word(cell: str) -> str:
    """Return a cell as it is compared: `Opted-Out`, `opted_out` and `opted out` are one."""
    number = _NUMBER.fullmatch(cell.strip())
    if number:
        return str(int(number[1]))
    return _BETWEEN_LETTERS.sub(" ", _plain(cell)).strip(_AROUND)


def split_list(text: str) -> frozenset[str]:
    """Return the words of a text, which has commas and lines between them."""
    return frozenset(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())


# --- Values -------------------------------------------------------------------------------

_BOUNCED, _COMPLAINED, _BLOCKED = "bounced", "complained", "blocklisted"
#: What each word says: a status, and the reason of a suppression.
STATUS_WORDS: dict[str, tuple[str, str]] = {
    normalise_word(name): (status, reason)
    for status, reason, names in (
        (CONFIRMED, "", """
            confirmed, subscribed, subscriber, active, activated, enabled, opted in, opt in, optin,
            single opt in, double opt in, double opted in, granted, accepted, verified, valid,
            deliverable,
            已订阅, 订阅, 订阅中, 已确认, 正常, 有效, 激活, 已激活, 活跃, 启用, 已启用, 同意,
            已同意, 已訂閱, 訂閱, 已確認, 啟用,
            購読中, 購読, 配信中, 登録済み, 確認済み, 有効, 承認済み, 구독, 구독중, 활성,
            angemeldet, abonniert, aktiv, bestatigt, actif, active, abonne, inscrit, confirme,
            activo, suscrito, confirmado, attivo, iscritto, confermato, ativo, inscrito,
            подписан, активен
        """),
        (UNCONFIRMED, "", """
            unconfirmed, not confirmed, pending, unactivated, unverified, not verified, validating,
            awaiting confirmation, pending confirmation, waiting, waiting confirmation,
            confirmation pending, optin pending, opt in pending, never subscribed, non subscribed,
            nonsubscribed, transactional,
            未确认, 待确认, 未验证, 待验证, 未激活, 待激活, 未確認, 待確認, 確認待ち, 仮登録,
            미확인,
            unbestatigt, ausstehend, en attente, non confirme, pendiente, sin confirmar,
            in attesa, non confermato, pendente, nao confirmado
        """),
        (UNSUBSCRIBED, "", """
            unsubscribed, unsubscribe, unsub, un subscribed, not subscribed, unsubscriber,
            opted out, opt out, optout, optedout, left, removed, deleted, inactive, deactivated,
            disabled, not active, cancelled, canceled, archived, stopped, withdrawn, revoked,
            denied, declined, refused, suspended, former, expired, no mail, nomail,
            退订, 已退订, 取消订阅, 已取消订阅, 取消, 已取消, 未订阅, 停用, 已停用, 禁用, 已禁用,
            已删除, 删除, 失效, 已失效, 注销, 已注销, 退出, 已退出, 不同意, 拒绝, 已拒绝,
            退訂, 已退訂, 取消訂閱, 已取消訂閱, 未訂閱,
            退会, 退会済み, 配信停止, 停止, 停止中, 解除, 解除済み, 登録解除, 購読解除, 無効, 拒否,
            수신거부, 구독취소, 구독 취소, 비활성,
            abgemeldet, abbestellt, ausgetragen, inaktiv, gekundigt, widerrufen, geloscht, gesperrt,
            desabonne, desinscrit, inactif, baja, dado de baja, inactivo, cancelado,
            desuscrito, disiscritto, cancellato, inattivo, descadastrado, inativo, отписан
        """),
        (SUPPRESSED, _BOUNCED, """
            bounced, bounce, hard bounce, hard bounced, hardbounce, hardbounced, cleaned,
            undeliverable, non deliverable, invalid, invalid address, invalid email,
            退信, 已退信, 硬退信, 无效, 無效, 不达, エラー, 不達, unzustellbar, ungultig
        """),
        (SUPPRESSED, _COMPLAINED, """
            complained, complaint, complainer, spam, spam complaint, spam report, abuse,
            abuse complaint, marked as spam, reported spam, reported as spam, spammy, junk,
            投诉, 已投诉, 垃圾邮件, 投訴, 已投訴, beschwerde, plainte
        """),
        (SUPPRESSED, _BLOCKED, """
            blocklisted, blacklisted, black listed, block listed, blacklist, blocklist, blocked,
            banned, do not contact, do not email, do not mail, do not send, dnc,
            never mail, 黑名单, 已拉黑, 拉黑, 屏蔽, 已屏蔽, 封禁, 拒收, 黑名單,
            ブラックリスト, 配信拒否, 블랙리스트
        """),
        (SUPPRESSED, "", "suppressed, never mailed"),
    )
    for name in split_list(names)
}  # fmt: skip

YES = split_list(
    "1, yes, y, true, t, on, x, ✓, ✔, √, ja, j, oui, o, si, s, sim, da, да, 是, 有, 对, はい, 예,"
    "wahr, vrai, verdadero, vero"
)
NO = split_list(
    "0, no, n, false, f, off, never, nein, non, nao, não, нет, 否, 无, 不, いいえ, 아니오, falsch,"
    "faux, falso, ✗, ✘, ×"
)
EMPTY = split_list("null, \\n, nil, none, nan, n/a, n a, undefined, -, --, —, 0000 00 00") | {
    "", normalise_word("0000-00-00 00:00:00"),
}  # fmt: skip
_DATE = re.compile(
    r"\d{4}[ \-/.年]\d{1,2}[ \-/.月]\d{1,2}.*"
    r"|\d{1,2}[ \-/.]\d{1,2}[ \-/.]\d{2,4}\b.*"
    r"|(?:\w+,? )?\d{1,2}[ \-/.,]+[^\W\d]{3,9}[ \-/.,]+\d{2,4}\b.*"
    r"|(?:\w+,? )?[^\W\d]{3,9} \d{1,2},? \d{4}\b.*"
    r"|(?:19|20)\d{6}(?:\d{6})?|\d{10}|\d{13}"
    , re.DOTALL
)  # fmt: skip
_NETWORK = re.compile(r"\d{1,3}(?:[. ]\d{1,3}){3}|[\da-f]{0,4}(?:[: ]+[\da-f]{0,4}){2,7}")


def is_date(cell: str) -> bool:
    """Return whether a cell holds a date, of whatever form, or seconds since 1970."""
    return _DATE.fullmatch(cell.strip()) is not None


def is_network(cell: str) -> bool:
    """Return whether a cell holds an IP address."""
    return _NETWORK.fullmatch(cell.strip().lower()) is not None


#: Values that make a column one about who left, whatever its name is.
_LEAVING = """
    unsubscribed, unsubscribe, unsubscriber, opted out, opted-out, opt-out, optout, bounced,
    hard bounce, hardbounce, hard-bounced, complained, blacklisted, blocklisted, blacklist,
    suppressed, cleaned, do not email, do not mail, do not contact, dnc, nomail, spam complaint,
    marked as spam, not subscribed, unsub, inactive,
    退订, 已退订, 取消订阅, 已取消订阅, 已退信, 黑名单, 已拉黑, 拒收, 退訂, 已退訂, 取消訂閱,
    配信停止, 退会, 登録解除, 購読解除, 수신거부, 구독취소,
    abgemeldet, abbestellt, désabonné, désinscrit, dado de baja, desuscrito, disiscritto,
    descadastrado, отписан
"""
LEAVING = tuple(sorted(split_list(_LEAVING) | split_list(_LEAVING.replace("-", "_"))))
#: Such a word as a whole cell, or as one of several: in a list, or in JSON.
LEAVING_PART = re.compile(
    rf"(?:^|[,;|\[{{\"':])[ \t]*(?:{'|'.join(map(re.escape, LEAVING))})[ \t]*(?=$|[,;|\]}}\"'])",
    re.MULTILINE,
)


# --- Names of columns ---------------------------------------------------------------------


def _pattern(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(part for text in parts for part in text.split()))


#: What a column of addresses is called, beside `email`.
ADDRESSES = split_list("""
    mail, email address, e mail address, email addresses, subscriber, subscriber email,
    contact email, user email, member email, primary email, email1, email 1, e mail 1 value,
    email 1 value, e mail adresse, email adresse, emailadresse, adresse e mail, adresse email,
    courriel, correo, correo electronico, indirizzo email, endereco de email,
    邮箱, 邮箱地址, 电子邮箱, 电子邮件, 电子邮件地址, 邮件, 邮件地址, 电邮, 電子郵件, 電子信箱,
    信箱, メールアドレス, メール, eメール, 이메일
""")
_NEGATION = r"(?:not|no|non|never|isn.t|nicht|kein|keine|pas)"
#: Yes means that mail comes back, or is not wanted at all.
BARRING = _pattern(
    r"bounc undeliver unreach blac?k.?list block(?:ed|.?list) \bblock\b \bblack\b complain spam"
    r" abuse \bjunk \breturned\b \b(?:is.?)?dnc \bdo.?not \bdon.?t\b \bdont suppress banned invalid"
    r" \bclean(?:ed)?\b no.?mail \berrors?\b \bsmtp diagnos \bfail(?:ed|ing|ure)?\b \bdead\b"
    r" beschwerde unzustellbar ungultig plainte",
    "黑名 拉黑 屏蔽 退信 投诉 投訴 无效 無效 垃圾 拒收 封禁 ブラックリスト エラー 不達 拒否 블랙",
)
#: Yes means that somebody left.
LEAVING_NAME = _pattern(
    r"unsub un.subscri opt(?:ed|ing|s)?.?out desubscri desabon desinscri desuscri disiscri"
    r" descadastr abgemeld abmeld abbestell ausgetrag kundig widerruf widerspr \bbaja\b delet"
    r" remov cancel disabled? inactiv inaktiv inactif archived \bleft\b \bleav \bquit suspend"
    r" \bstop(?:ped)?\b \bpaused?\b \bhold\b revok withdr objection declin refus reject exclud"
    r" \bexpired deactivat geloscht sperr отпис",
    rf"\b{_NEGATION}.(?:\w+.)?"
    r"(?:subscri|activ|enabl|opt|consent|want|allow|permi|accept|receiv|news|e.?mail|market"
    r"|interest)",
    r"\boff\b",
    "退订 取消 退訂 删除 刪除 停用 禁用 失效 注销 退出 拒绝 不同意 不接收 未订阅"
    " 退会 解除 停止 無効 수신거부 구독취소",
)
GENERAL = _pattern(
    r"status \bstate\b statut \bestado\b \bstato\b zustand deliverab \bstanding\b \breason\b"
    r" pending"
    r" статус",
    "状态 狀態 状況 ステータス 상태",
)
#: Yes means that an address was proved to be its owner's.
PROOF = _pattern(
    r"\bunconfirm \bunverif confirm conferm verif \bdouble.?opt \bdoi\b"
    r" \b(?:is.?|e?.?mail.?)?valid(?:ated|ation)?\b bestatig \bapproved authenticat",
    "确认 驗證 验证 確認 認証 认证 激活 인증",
)
#: A name that turns such a column round, or makes it one of several stages.
UNPROVED = re.compile(
    rf"\bunconfirm|\bunverif|\bunvalid|\b{_NEGATION} (?:\w+ )?(?:confirm|verif|valid)|[未待]"
)
#: When a subscription ends is no sign that it was wanted, nor that it was left.
UNTIL = re.compile(r"\b(?:ends?|ended|until|till|expir\w*)\b")
#: Yes means that mail is wanted.
WANTS = _pattern(
    r"subscri suscri \babonn \babo\b \biscri \binscri newsletter opt(?:ed|ing|s)?.?in\b \bopt\b"
    r" consent permission permit \bagree \ballow \b(?:is.?)?active?\b \bactivated\b \baktiv"
    r" \bactif\b \battivo\b \bativo\b \bactivo\b \b(?:is.?)?enabled?\b marketing mailing"
    r" einwillig zustimm"
    r" preferen notif digest (?:contact|mail)able \bcan.?e?.?mail \bsend e.?mail.?ok\b"
    r" erlaub \bwants?\b \breceiv \bgdpr \bdsgvo \brgpd \baccepts?\b.*(?:mail|news)"
    r" подпис согласи",
    "订阅 訂閱 同意 接收 启用 啟用 有效 营销 許可 许可 授权 購読 配信 希望 有効 구독 수신동의",
)
#: A column with such a name holds when something happened.
WHEN = re.compile(
    r"\b(?:at|date|time|on|when|since|timestamp|ts|datum|datetime|fecha|data|дата|stamp)\b"
    r"|(?:date|time)$|时间|日期|時間|日時|日付"
)
#: What is said of another way to write to somebody, of money, or of a family.
_ANOTHER_WAY = re.compile(
    r"\b(?:sms|phone|mobile|cell|whats ?app|push|fax|calls?|telephone|postal|telegram|viber|mms"
    r"|text messages?)\b|短信|电话|手机|電話|微信"
)
_ANOTHER_THING = re.compile(
    r"\b(?:marital|civil|relationship|employ\w*|job|payment|financial|fulfil\w*|orders?|shipping"
    r"|tax|visa|leads?|deals?|invoice|stripe|billing|prices?|pricing|tiers?|plan|amount|currency"
    r"|revenue|paid|premium|track\w*|cookies?|terms|opens?|opened|clicks?|clicked|last active"
    r"|(?:city|province|region|address|country|home|mailing) state"
    r"|state (?:province|region|county|code|or))\b|支付|付款|订单|婚姻"
)
_LINKS = re.compile(r"\b(?:link|url|uri|href|token|hash|key|uuid|guid)\b|链接")
_DETAILS = re.compile(
    r"\b(?:ids?|ip|source|form|page|refer+ers?|text|titles?|version|campaign|count|number|num"
    r"|total|scores?|rates?|rating|name|language|locale|timezone|time ?zone|country|host)\b"
)
#: Numbers of bounces, and mail that came back once, do not tell that somebody cannot be mailed.
DOUBTFUL = re.compile(r"count|number|\bnum\b|total|score|\brate|bounces|complaints|\bsoft|\blast")
_MAIL = re.compile(r"e ?mail|邮|郵|メール")


def is_about_something_else(name: str, *, leaving: bool) -> bool:
    """Return whether a name (a heading) that looks like consent is none to mail.

    `leaving` tells that it looks like one of who left: then less is taken for something else.
    """
    if _LINKS.search(name) or (_ANOTHER_WAY.search(name) and not _MAIL.search(name)):
        return True
    return not leaving and bool(_ANOTHER_THING.search(name) or _DETAILS.search(name))


_PLACES = split_list(
    """al, ak, az, ar, ca, co, ct, de, fl, ga, hi, id, il, in, ia, ks, ky, la, me, md, ma, mi, mn,
    ms, mo, mt, ne, nv, nh, nj, nm, ny, nc, nd, oh, ok, or, pa, ri, sc, sd, tn, tx, ut, vt, va, wa,
    wv, wi, wy, dc, pr, gu, vi, as, mp, ab, bc, mb, nb, nl, ns, nt, nu, on, pe, qc, sk, yt, act,
    nsw, qld, sa, tas, vic,
    alabama, alaska, arizona, arkansas, california, colorado, connecticut, delaware, florida,
    georgia, hawaii, idaho, illinois, indiana, iowa, kansas, kentucky, louisiana, maine, maryland,
    massachusetts, michigan, minnesota, mississippi, missouri, montana, nebraska, nevada,
    new hampshire, new jersey, new mexico, new york, north carolina, north dakota, ohio, oklahoma,
    oregon, pennsylvania, rhode island, south carolina, south dakota, tennessee, texas, utah,
    vermont, virginia, washington, west virginia, wisconsin, wyoming, ontario, quebec, alberta,
    british columbia, manitoba, saskatchewan, nova scotia, victoria, queensland, tasmania"""
)
_OF_AN_ADDRESS = re.compile(
    r"\b(?:city|town|zip|zip ?code|post ?code|postal ?code|street|country|province|address ?[12]?"
    r"|ciudad|pais|citta|plz|ort)\b"
)


def is_place(name: str, values: frozenset[str], others: frozenset[str]) -> bool:
    """Return whether a column `state` is a part of an address, by its values or its neighbours.

    All three are in the forms of `heading` and `word`.
    """
    if name not in ("state", "estado", "stato"):
        return False
    if values <= _PLACES:
        return True
    known = STATUS_WORDS.keys() | YES | NO
    return values.isdisjoint(known) and any(map(_OF_AN_ADDRESS.search, others))
