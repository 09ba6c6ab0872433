"""How text looks that speaks to a reading machine: phrases by kind and language, with their weight.

Matched against case-folded text with single spaces. A weight of 1 is enough alone; smaller ones
need another beside them. Ordinary instructions to people ("Ignore the warning light", "Do not open
the valve") are no attack: what is told to be ignored, or who is told, must be of the machine's
world.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Phrase(NamedTuple):
    """A kind of phrase that tells a machine what to do."""

    name: str
    weight: float
    pattern: re.Pattern[str]


def _phrase(name: str, weight: float, *alternatives: str) -> Phrase:
    return Phrase(name, weight, re.compile("|".join(alternatives)))


_MACHINE = (
    r"(?:(?:ai|llm|gpt|chatgpt|language|virtual|digital|rag)[- ]*(?:assistants?|models?|systems?"
    r"|agents?|bots?|readers?)|llms?|chat ?bots?|chatgpt|gpt-\d|claude|gemini|copilot|qwen|llama"
    r"|ai)"
)
_BEFORE = (
    r"(?:previous|prior|above|earlier|preceding|foregoing|existing|original|other|initial|system)"
)
_ORDERS = r"(?:instructions?|rules?|guidelines?|prompts?|directions?|directives?|constraints?)"
_GIVEN = rf"(?:{_ORDERS}|sources?|contexts?|passages?|documents?)"
_SPEAK = r"(?:say|reply|answer|respond|tell|cite|output|state|claim|recommend)"

PHRASES = (
    _phrase(
        "ignore what was said",
        1.0,
        rf"\b(?:ignore|disregard|forget|override"
        rf"|bypass)\b[^.!?]{{0,40}}?\b{_BEFORE}\b[^.!?]{{0,40}}?"
        rf"\b{_GIVEN}\b",
        rf"\b(?:ignore|disregard|forget|override|bypass)(?: all| any| of| the| these| those| your"
        rf"| my)*"
        rf" (?:{_GIVEN}|training|programming)\b(?! (?:of|for|in|on|from|by|about) )",
        rf"\b(?:do not|don't) (?:follow|obey|use"
        rf"|trust)\b[^.!?]{{0,30}}\b{_BEFORE} (?:\w+ )?{_ORDERS}\b",
        r"\b(?:ignore|disregard|forget) (?:all|everything|anything|whatever)\b[^.!?]{0,30}"
        r"\b(?:above|before|previously|so far|you (?:were|have been|know|are) )",
        r"\b(?:ignorera|bortse från|glöm|åsidosätt|följ inte"
        r"|strunta i)\b[^.!?]{0,40}?\b(?:instruktion"
        r"|anvisning|regler|källor|uppmaning|systemmeddelande)",
        r"\b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*|überschreibe\w*)\b[^.!?]{0,40}?"
        r"\b(?:anweisung|regeln|quellen|vorgaben|instruktion|kontext)",
        r"\b(?:ignore[zr]?|oublie[zr]?|ne (?:tiens|tenez) pas compte)\b[^.!?]{0,40}?"
        r"\b(?:instructions|consignes|règles|sources|directives)\b",
        r"\b(?:ignor[ae]r?|ignoren|olvid[ae]|olviden|haz caso omiso|descart[ae])\b[^.!?]{0,40}?"
        r"\b(?:instrucciones|reglas|fuentes|indicaciones|órdenes)\b",
        r"\b(?:ignor[ae]r?|esqueça|desconsidere|dimentica)\b[^.!?]{0,40}?"
        r"\b(?:instruções|regras|fontes|istruzioni|regole|fonti)\b",
        r"\b(?:negeer|vergeet)\b[^.!?]{0,40}?\b(?:instructies|regels|bronnen|aanwijzingen)\b",
        r"(?:игнорируй|забудь|игнорировать)[^.!?]{0,40}?(?:инструкци|правила|указани|источник)",
        r"(?:忽略|无视|無視|忘记|忘掉|不要理会|不要遵守)[^。！？]{0,16}?"
        r"(?:指令|指示|规则|規則|提示|来源|來源|要求)",
        r"(?:以前|これまで|上記)の?[^。]{0,8}(?:指示|命令|ルール)[^。]{0,6}(?:無視|忘れ)",
    ),
    _phrase(
        "addresses the machine",
        1.0,
        rf"\b(?:dear|attention|hey|hello|(?:note|message|instructions?|reminder|notice) (?:to"
        rf"|for)) "
        rf"(?:the |any |all |every )*{_MACHINE}\b[^.!?:,]{{0,30}}[:,!-]",
        rf"\b(?:if you are|since you are|because you are|as) an? (?:\w+ )?{_MACHINE}\b",
        rf"\byou are (?:now |no longer |actually |really )?(?:an? |the "
        rf"|my )?(?:\w+ ){{0,3}}?(?:{_MACHINE}"
        r"|dan\b)",
        r"\b(?:act|behave|respond|answer|reply|role-?play) as (?:if you were |though you were "
        r"|an? |the )?"
        r"(?:unrestricted|unfiltered|evil|jailbroken|dan\b|developer mode|admin)",
        r"\b(?:do anything now|system ?prompt|your (?:hidden|secret|system) (?:prompt"
        r"|instructions))\b",
        r"\b(?:du är|agera som|låtsas (?:vara|att du är))\b[^.!?]{0,30}\b(?:ai\b|ai-|språkmodell"
        r"|chattbot)",
        r"\b(?:du bist|sie sind|tu so als)\b[^.!?]{0,30}\b(?:ki\b|ki-|sprachmodell|chatbot)",
        r"\b(?:tu es|vous êtes|agis comme)\b[^.!?]{0,30}\b(?:ia\b|modèle de langage|chatbot)",
        r"\b(?:eres|actúa como|usted es)\b[^.!?]{0,30}\b(?:ia\b|modelo de lenguaje|chatbot)",
        r"(?:你是|你现在是|请?扮演)[^。！？]{0,12}(?:助手|模型|人工智能|ai|机器人)",
        r"\b(?:till|för|an die|für die|pour l'|para la|aan de) ?(?:ai|ki|ia)(?:-\w+)?\s*[:,!]",
    ),
    _phrase(
        "dictates the answer",
        1.0,
        rf"\b(?:when|if|whenever|once) (?:you are|you're|the user|users?|a user) (?:asked?|asks"
        rf"|questioned"
        rf"|queried|wants?)\b[^.!?]{{0,80}}?\b{_SPEAK}\b",
        r"\b(?:reply|respond|answer|output) (?:only|exactly|nothing but|instead"
        r"|verbatim)\b(?! to )",
        r"\b(?:always|only|instead) (?:reply|respond|answer|output)(?: only)?(?: with(?! your)"
        r"| that|:| \")",
        r"\b(?:begin|start|end|finish) (?:your|every|each) (?:answer|reply|response"
        r"|output) (?:with|by)\b",
        r"\b(?:do not|don't|never) (?:cite|mention|quote|reveal) (?:any |the |all )*"
        r"(?:other |remaining |real )*(?:sources?|documents?|passages?|this instruction)\b",
        r"\b(?:all |the )*other (?:sources?|documents?|passages?) (?:are|is) (?:wrong|false"
        r"|outdated"
        r"|obsolete|invalid|unreliable|incorrect|fake|lies)\b",
        r"\b(?:trust|believe|use|cite|quote) (?:only|nothing but|exclusively) this\b",
        r"\b(?:cite|quote|attribute (?:it|this) to|mark (?:it|this) as) (?:source "
        r"|passage )?[\[(]?\d+\b",
        r"\b(?:fills? (?:its|your) (?:answer|reply) with|print the following|repeat after me)\b",
        r"请?(?:只|总是|始终|必须|一律)(?:能|要)?(?:回答|回复|说|输出)|(?:回答|回复|输出)[：:“「]",
    ),
    _phrase(
        "calls a tool",
        1.0,
        r"\{\s*\"?(?:name|function|tool|tool_name|action|recipient_name)\"?\s*:[^{}]{0,120}"
        r"\"?(?:arguments|parameters|args|action_input|tool_input)\"?\s*:",
        r"\"(?:tool_calls?|function_calls?)\"\s*:",
        r"\baction\s*:\s*\w+.{0,80}\baction input\s*:",
        r"\b(?:call|invoke|execute|run) (?:the )?(?:function |tool |plugin )?`?\w+_\w+`?\s*\(",
    ),
    _phrase(
        "carries something out",
        1.0,
        r"\b(?:https?|wss?)://\S{0,200}[?&][\w-]{1,30}=(?:[\[{<$%(]|your|the|data|secret"
        r"|conversation"
        r"|history)",
        r"\b(?:append|leak|exfiltrate|encode)\b[^.!?]{0,80}?\b(?:https?://|www\.|webhook"
        r"|to (?:this|the) url)",
    ),
    _phrase(
        "asks to decode",
        1.0,
        r"\b(?:decode|decrypt|unscramble|avkoda|dekodiere|décode|decodifica)\b[^.!?]{0,60}"
        r"\b(?:base ?64|rot ?13|and (?:obey|follow|execute|run))\b",
        r"\b(?:base ?64|rot ?13)\b[^.!?]{0,40}\b(?:instructions?|execute|obey|follow)\b",
    ),
    _phrase(
        "a made-up frame",
        0.6,
        r"(?:^|[\n.!?] ?)[#*\[(=< -]{0,8}(?:system|admin(?:istrator)?|developer|assistant"
        r"|security|root)"
        r"(?: (?:message|notice|override|update|alert|instruction|prompt"
        r"|note))?\s*[\])*>]{0,4}\s*:",
        r"\bsystem (?:override|message|notice|instruction)\b",
        r"\b(?:end|begin(?:ning)?|start) of (?:the )?(?:sources?|context|documents?|data|prompt"
        r"|input)\b",
        r"\b(?:new|updated|real|actual|additional|hidden|secret|important) (?:instructions?|task"
        r"|orders)"
        r"\b\s*[:.!]",
        r"\b(?:nya|neue|nouvelles|nuevas) (?:instruktioner|anvisningar|anweisungen|instructions"
        r"|instrucciones)\b",
        r"(?:新(?:的)?指令|系统(?:消息|提示)|系統(?:訊息|提示))",
        r"\b(?:jailbreak|developer mode|debug mode|god mode)\b",
    ),
    _phrase(
        "claims to be the answer",
        0.6,
        r"\bthe (?:only |final |definitive |one )*(?:correct|right|true|official|only|final"
        r"|definitive) "
        r"answer\b",
        r"\b(?:regardless|irrespective) of (?:what )?(?:the |any |all )?(?:other )?(?:sources?"
        r"|documents?"
        r"|context)\b",
        r"\b(?:most|more) (?:relevant|authoritative|trusted|trustworthy) (?:source|document"
        r"|passage)\b",
        r"\bthis (?:document|source|passage|text|page|file) (?:answers|is the (?:best|only"
        r"|correct)"
        r"|overrides|supersedes all|takes precedence|contains the answer)\b",
        r"(?:^|[\n.!?] ?)(?:answer|svar|antwort|réponse|respuesta|答案)\s*[:：]",
    ),
    _phrase(
        "speaks to whoever answers",
        0.6,
        rf"\b(?:when|if|whenever|once) (?:\w+ )?(?:asked|asks|answering|summari[sz]ing"
        rf"|questioned)\b"
        rf"[^.!?]{{0,80}}?\b{_SPEAK}\b",
        r"\byou (?:must|should|shall|have to|will) (?:now |always |only |not )*(?:answer|reply"
        r"|respond|output"
        r"|repeat|obey|comply)\b",
        r"\byour (?:answer|reply|response|output|only task|new task|task)\b[^.!?]{0,20}"
        r"\b(?:must|should|shall|is|has to|will)\b",
        r"\b(?:tell|inform|convince|urge) (?:the |your |all )*users? (?:that|to|about)\b",
        r"\b(?:note|message|instructions?) (?:to|for) (?:the )?assistants?\b",
        r"\byou are (?:now )?(?:an? |the |my )?(?:\w+ )?assistant\b",
        r"\b(?:pretend (?:to be|that you are|you are)|from now on,? you)\b",
        r"\b(?:send|post|submit|forward|upload|transmit|click|visit|include|insert|render|display"
        r"|embed)\b"
        r"[^.!?]{0,60}?\b(?:https?://|www\.|(?:this|the following) (?:image|picture|link|url"
        r"|markdown))",
        r"\b(?:svara|säg|skriv|uppge) (?:alltid|bara|endast|istället|i stället|nu)\b",
        r"\b(?:antworte\w*|sage?|schreibe?) (?:immer|nur|stattdessen|ausschließlich|jetzt)\b",
        r"\b(?:réponds|répondez|dis|dites|écris|écrivez) (?:toujours|seulement|uniquement"
        r"|plutôt)\b",
        r"\b(?:responde|responda|di|diga|escribe|escriba) (?:siempre|solo|sólo|solamente"
        r"|únicamente)\b",
        r"\b(?:use|call|invoke) the \w+_\w+ (?:function|tool|plugin)\b",
    ),
)
