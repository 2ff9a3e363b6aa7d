package phone

import "strings"

// absent are words that phones, carriers and PBXs send if they have no number or name (RFC 3323;
// Asterisk's "unknown", "asterisk" and dialplan extension s).
var absent = map[string]bool{
	"": true, "anonymous": true, "unknown": true, "unknown caller": true, "unknown name": true, "unavailable": true,
	"name unavailable": true, "private": true, "private caller": true, "private number": true, "private name": true,
	"restricted": true, "withheld": true, "blocked": true, "no name": true, "noname": true, "no caller id": true,
	"out of area": true, "asterisk": true, "null": true, "none": true, "n/a": true, "s": true, "anonym": true,
	"unbekannt": true, "anonyme": true, "inconnu": true, "аноним": true, "неизвестный": true, "неизвестно": true,
	"номер скрыт": true, "скрытый номер": true, "номер не определён": true,
	"номер не определен": true,
}

// Absent reports whether a number or a name of a CallerID only says that there is none.
func Absent(text string) bool { return absent[strings.Trim(strings.ToLower(text), "<>() ")] }
