package trace

import (
	"strings"
	"sync"
	"time"

	"traybell/assets/translations"
	"traybell/assets/translations/pages"
	"traybell/hub/endpoint"
	"traybell/hub/routing"
	"traybell/shared/protocol"
)

// English is the language of the command line, the log and REST.
const English = "en"

// Note is a text of the pages by its key, and what it is about, so that each reader gets it in the
// reader's language.
type Note struct {
	Code string            `json:"code"`
	With map[string]string `json:"with,omitempty"`
}

// In returns the text in a language.
func (n Note) In(language string) string { return catalog(language).fill(n.Code, n.With) }

// texts are those of a language.
type texts struct{ *translations.Texts }

func (t texts) fill(code string, with map[string]string) string {
	places := make(map[string]any, len(with))
	for name, value := range with {
		places[name] = value
	}
	return t.SayWith(code, places)
}

// say fills a text with pairs of a name and a value.
func (t texts) say(code string, pairs ...string) string {
	places := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		places[pairs[i]] = pairs[i+1]
	}
	return t.SayWith(code, places)
}

// code says a code that was recorded; one of another version of the hub stays as it is.
func (t texts) code(keys map[string]string, code string) string {
	if key, ok := keys[code]; ok {
		return t.Say(key)
	}
	return code
}

// notes says all notes, or returns the words of a trace that an earlier version recorded.
func (t texts) notes(s Step) []string {
	if len(s.Notes) == 0 {
		return s.Words
	}
	list := make([]string, len(s.Notes))
	for i, n := range s.Notes {
		list[i] = t.fill(n.Code, n.With)
	}
	return list
}

// why says the notes as one reason, or returns that of an earlier version.
func (t texts) why(s Step) string {
	if len(s.Notes) == 0 {
		return s.Why
	}
	return strings.Join(t.notes(s), ", ")
}

// endpoint says on which side an endpoint is, and why.
func (t texts) endpoint(n Note) string {
	key := "trace.outside"
	if n.With["Side"] == Inside {
		key = "trace.inside"
	}
	return t.say(key, "Endpoint", n.With["Endpoint"], "Why", t.fill(n.Code, n.With))
}

// brief rounds a duration to 0.1 ms, or to 0.1 s or 1 s if it is long.
func (t texts) brief(d time.Duration) string {
	switch {
	case d < 100*time.Microsecond:
		return t.Say("trace.at_once")
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return t.say("trace.seconds", "N", decimal(d.Seconds()))
	}
	return t.say("format.milliseconds", "N", decimal(float64(d.Microseconds())/1000))
}

var catalogs = sync.OnceValue(func() map[string]texts {
	all := map[string]texts{}
	for _, l := range translations.Languages() {
		t, err := translations.LoadFrom(pages.Files, l.Code)
		if err != nil {
			panic(err) // they are embedded, and tests read them
		}
		all[l.Code] = texts{t}
	}
	return all
})

func catalog(language string) texts { return catalogs()[translations.Match(language)] }

// The keys of what is recorded as a code.
var (
	states = map[string]string{
		string(protocol.Ringing): "trace.state_ringing", string(protocol.Answered): "trace.state_answered",
		string(protocol.Held): "trace.state_held", string(protocol.Ended): "trace.state_ended",
		calling: "trace.state_calling",
	}
	reasons = map[string]string{
		string(routing.TakesPart): "trace.takes_part", string(routing.Rings): "trace.rings",
		string(routing.Bound): "trace.bound", string(routing.Untracked): "trace.not_tracked",
		string(routing.BoundOthers): "trace.bound_others", string(routing.OtherTeams): "trace.other_teams",
		string(routing.NoAgent): "trace.no_agent", string(routing.Ruled): "trace.ruled",
		string(routing.RuledOthers): "trace.ruled_others",
	}
	controls = map[string]string{
		string(protocol.ControlAnswer): "trace.control_answer", string(protocol.ControlHangup): "trace.control_hangup",
		string(protocol.ControlHold): "trace.control_hold", string(protocol.ControlResume): "trace.control_resume",
	}
	hidings = map[string]string{
		string(protocol.HiddenOff): "trace.hidden_off", string(protocol.HiddenLocked): "trace.hidden_locked",
		string(protocol.HiddenQuiet): "trace.hidden_quiet", string(protocol.HiddenInternal): "trace.hidden_internal",
		string(protocol.HiddenRule): "trace.hidden_rule",
	}
)

// evidence is the note of a verdict.
func evidence(name, side string, why endpoint.Why) Note {
	with := map[string]string{"Endpoint": name, "Side": side}
	if why.About != "" {
		with["About"] = why.About
	}
	if why.Other != "" {
		with["Other"] = why.Other
	}
	return Note{why.Code, with}
}
