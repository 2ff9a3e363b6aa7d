package endpoint

import "strings"

// Verdict says on which side an endpoint is. It is comparable.
type Verdict struct {
	Inside bool // a phone of the company; false: a trunk
	rank   rank
	Why    Why
}

// Why is the evidence of a verdict. Code is the key of a text of the pages.
type Why struct{ Code, About, Other string }

// Sure reports whether there is evidence.
func (v Verdict) Sure() bool { return v.rank > byItself }

// WeakerThan reports whether the other verdict is based on stronger evidence.
func (v Verdict) WeakerThan(other Verdict) bool { return v.rank < other.rank }

// MobileContext is the context of the dialplan through which a queue calls an agent's mobile.
const MobileContext = "traybell-mobile"

// Mobile is the verdict on a channel of a trunk through which a queue calls an agent's mobile.
func Mobile(number string) Verdict {
	return Verdict{true, byName, Why{Code: "endpoint.mobile", About: number}}
}

// rank is the strength of evidence.
type rank uint8

const (
	byShape rank = iota + 1
	byItself
	byNumber
	byCode
	byDID
	byUsualTechnology
	byContext
	byNumbers
	byDial
	byTechnology
	byPattern
	byAgent
	byGuest
	byName
)

// mostRemembered bounds the endpoints that a Judge remembers: guests may have any name.
const mostRemembered = 4096

// Judge decides for one PBX. It remembers evidence, for channels that show less of it. Not safe for
// concurrent use.
type Judge struct {
	rules  func() *Rules
	known  map[Name]Verdict
	others map[Name]string // a number of someone else that an endpoint inside presented
}

// NewJudge makes a judge. rules returns the current rules; nil: hub.yml says nothing.
func NewJudge(rules func() *Rules) *Judge {
	if rules == nil {
		rules = func() *Rules { return nil }
	}
	return &Judge{rules: rules, known: map[Name]Verdict{}, others: map[Name]string{}}
}

// Judge decides by facts of one event and by what earlier channels of the endpoint showed.
func (j *Judge) Judge(f Facts) Verdict {
	v := j.rules().Judge(f)
	if v.rank >= byTechnology { // not learned
		return v
	}
	if number := f.another(); number != "" && v.Inside && v.rank == byContext {
		switch before := j.others[f.Name]; {
		case before == "" && len(j.others) < mostRemembered:
			j.others[f.Name] = strings.Clone(number)
		case before != "" && before != number:
			v = Verdict{false, byNumbers, Why{"endpoint.numbers", before, number}}
		}
	}
	if before, ok := j.known[f.Name]; ok && v.WeakerThan(before) {
		return before
	}
	if v.Sure() {
		learned := v
		if v.rank == byDID { // a phone may try out the dialplan of incoming calls
			learned.rank = byNumber
		}
		if len(j.known) >= mostRemembered {
			clear(j.known)
		}
		j.known[f.Name] = learned
	}
	return v
}

// Extension reports whether a number that is dialled is that of a phone: by hub.yml, by what was
// seen of it, or else by its shape.
func (j *Judge) Extension(number string) bool {
	if extension, ok := j.rules().numbered(number); ok {
		return extension
	}
	for _, technology := range []string{"PJSIP", "SIP", "IAX2"} {
		if v, ok := j.known[Name{technology, number}]; ok {
			return v.Inside
		}
	}
	return shaped(number)
}
