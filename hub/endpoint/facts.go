package endpoint

import (
	"strings"
	"unicode"
)

// Facts are what one event shows of a channel.
type Facts struct {
	Name
	// the event is the channel's first: Context, Number and Exten are the endpoint's, and not yet
	// what the dialplan made of them
	Created bool
	Calls   bool // the endpoint calls; false: it is called
	Context string
	Number  string // CallerIDNum
	Exten   string
	DID     string // FROM_DID
	User    string // logged on at the endpoint, in FreePBX's Device & User mode; else empty
	Dial    string // DialString of the DialBegin in which it is called
}

// another returns the number of someone else that the endpoint presents; empty if there is none.
func (f Facts) another() string {
	if !f.Created || !f.Calls || !isNumber(f.Number) || own(f.Endpoint, f.Number) {
		return ""
	}
	return f.Number
}

// guest reports whether the PBX does not know who calls.
func (f Facts) guest() bool {
	return f.Context == "from-sip-external" || f.Endpoint == "anonymous"
}

// prove decides by the strongest evidence; ok is false if there is none.
func (f Facts) prove() (v Verdict, ok bool) {
	number := f.dialled()
	in, context := f.side()
	switch {
	case gsm[f.Technology]:
		return Verdict{false, byTechnology, Why{Code: "endpoint.gsm", About: f.Technology}}, true
	case number != "":
		return Verdict{false, byDial, Why{Code: "endpoint.dialled", About: number}}, true
	case context:
		return Verdict{in, byContext, Why{Code: "endpoint.context", About: f.Context}}, true
	case f.isdn():
		return Verdict{false, byUsualTechnology, Why{Code: "endpoint.network", About: f.Technology}}, true
	case f.Calls && f.DID != "":
		return Verdict{false, byDID, Why{Code: "endpoint.did", About: f.DID}}, true
	case f.Created && f.Calls && len(f.Exten) > 1 && f.Exten[0] == '*':
		return Verdict{true, byCode, Why{Code: "endpoint.feature_code", About: f.Exten}}, true
	case (f.Created || !f.Calls) && own(f.Endpoint, f.Number):
		return Verdict{true, byNumber, Why{Code: "endpoint.own_number", About: f.Number}}, true
	case f.another() != "":
		return Verdict{false, byNumber, Why{Code: "endpoint.other_number", About: f.Number}}, true
	case f.itself():
		return Verdict{true, byItself, Why{Code: "endpoint.itself"}}, true
	}
	return Verdict{}, false
}

// gsm are the technologies of modems.
var gsm = map[string]bool{"Dongle": true, "Quectel": true, "Datacard": true, "Mobile": true, "SimCom": true}

// network are technologies that usually lead to the telephone network; ISDN phones exist.
var network = map[string]bool{"mISDN": true, "CAPI": true, "SS7": true, "Khomp": true, "Motif": true, "Gtalk": true}

// isdn also recognizes an ISDN span of DAHDI: "i1".
func (f Facts) isdn() bool {
	if f.Technology == "DAHDI" || f.Technology == "Zap" {
		return strings.HasPrefix(f.Endpoint, "i") && isDigits(f.Endpoint[1:])
	}
	return network[f.Technology]
}

// dial returns Dial without the technology, which only queues write.
func (f Facts) dial() string { return strings.TrimPrefix(f.Dial, f.Technology+"/") }

// dialled returns the number that is dialled through the endpoint: 89161234567 of
// "89161234567@trunk" and of "trunk/89161234567". It is empty for "101", "101@101" and for contacts
// such as "101/sip:101@192.0.2.1".
func (f Facts) dialled() string {
	number, through, ok := strings.Cut(f.dial(), "/")
	if ok {
		number, _, _ = strings.Cut(through, "@") // IAX2/user:secret@host/number@context
	} else if number, _, ok = strings.Cut(number, "@"); !ok {
		return ""
	}
	number, _, _ = strings.Cut(number, "/")
	if number = strings.TrimRight(strings.TrimLeft(number, "*w"), "#"); !isNumber(number) || own(f.Endpoint, number) {
		return ""
	}
	return number
}

// itself reports whether the endpoint was dialled, or a contact of it.
func (f Facts) itself() bool {
	endpoint, contact, _ := strings.Cut(f.dial(), "/")
	return endpoint == f.Endpoint && (contact == "" || strings.HasPrefix(contact, "sip"))
}

// Words in the names of contexts. Those in fromOutside count only after "from".
var (
	inside = words("internal internals inside intern phone phones extension extensions user users agent agents " +
		"staff fxs handset handsets")
	outside = words("trunk trunks pstn did dids incoming inbound provider providers carrier carriers isdn fxo gsm " +
		"dongle outside outworld public guest guests anonymous")
	fromOutside = words("external dahdi zap zaptel analog digital pri gateway")
)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}

// side returns the side that the name of the context shows. Later in a call, when the dialplan has
// moved the channel, only the contexts of incoming calls are evidence.
func (f Facts) side() (in, ok bool) {
	if f.Context == "" {
		return false, false
	}
	name := strings.ToLower(f.Context)
	from := strings.HasPrefix(name, "from-") || strings.HasPrefix(name, "from_")
	out := false
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return !unicode.IsLetter(r) }) {
		in = in || inside[word]
		out = out || outside[word] || from && fromOutside[word]
	}
	if in == out || !f.Created && (in || !f.Calls || !from) {
		return false, false
	}
	return in, true
}
