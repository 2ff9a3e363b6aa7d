package config

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"traybell/hub/config/check"
	"traybell/hub/config/document"
)

// Dial says what agents may dial from the desktop, and how.
type Dial struct {
	Context    string        `yaml:"context" jsonschema_description:"Dialplan context in which the PBX looks up what is dialled. Default: from-internal, as on FreePBX."`
	Phone      string        `yaml:"phone" jsonschema_description:"Channel of an agent's phone, with <extension> in it: PJSIP/<extension>, SIP/<extension>, or Local/<extension>@from-internal/n for all phones of a user."`
	AutoAnswer bool          `yaml:"auto_answer" jsonschema_description:"true: ask PJSIP phones to answer by themselves. They must allow it."`
	Ring       time.Duration `yaml:"ring" jsonschema_description:"How long the agent's own phone rings."`
	Form       string        `yaml:"form" jsonschema:"enum=national,enum=international,enum=digits,enum=typed" jsonschema_description:"Form of numbers outside. national: 84951234567. international: +74951234567. digits: 74951234567. typed: as the agent typed it."`
	Prefix     string        `yaml:"prefix" jsonschema_description:"Digits before numbers outside, such as 9."`
	Allow      []Allowed     `yaml:"allow" jsonschema_description:"Numbers outside that agents may dial. Default: none; extensions of the company and emergency numbers always may be dialled."`
	Emergency  []string      `yaml:"emergency" jsonschema_description:"Numbers that every agent with the right control may dial, as they are. Default: 112."`
	Lines      []DialLine    `yaml:"lines" jsonschema_description:"Numbers that the other side sees, for the agent to choose."`
}

// Allowed are numbers that agents may dial.
type Allowed struct {
	Numbers []string `yaml:"numbers" jsonschema_description:"Numbers or dialplan patterns in international form, such as _+7XXXXXXXXXX, or \"*\" for all. Numbers that are not valid, such as short ones, are matched as typed."`
	Teams   []string `yaml:"teams" jsonschema_description:"For these teams. Default: all agents."`
}

// DialLine is a number with which agents dial.
type DialLine struct {
	Name     string   `yaml:"name" jsonschema_description:"Unique; shown to agents."`
	CallerID string   `yaml:"caller_id" jsonschema_description:"Number that the other side sees. The PBX gets it as the channel variables TB_CID and TRUNKCIDOVERRIDE; FreePBX uses the latter."`
	Prefix   string   `yaml:"prefix" jsonschema_description:"Digits before numbers outside. Default: as above."`
	Form     string   `yaml:"form" jsonschema:"enum=,enum=national,enum=international,enum=digits,enum=typed" jsonschema_description:"Form of numbers outside. Default: as above."`
	Teams    []string `yaml:"teams" jsonschema_description:"For these teams. Default: all agents."`
}

func defaultDial() Dial {
	return Dial{
		Context: "from-internal", Phone: "PJSIP/<extension>", Ring: 20 * time.Second, Form: "national",
	}
}

var (
	dialContext = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	dialPhone   = regexp.MustCompile(`^[A-Za-z0-9]+/[A-Za-z0-9_-]*<extension>[A-Za-z0-9_@/-]*$`)
	dialDigits  = regexp.MustCompile(`^[0-9*#]*$`)
	callerID    = regexp.MustCompile(`^\+?[0-9]+$`)
)

func (k checker) dial() {
	d := k.c.Dial
	if !dialContext.MatchString(d.Context) {
		k.Complain("dial.context", "%s is not a context of a dialplan; use letters, digits, - and _, such as "+
			"from-internal", document.Quote(d.Context))
	}
	if !dialPhone.MatchString(d.Phone) {
		k.Complain("dial.phone", "%s is not a channel with <extension> in it; use PJSIP/<extension>, or "+
			"Local/<extension>@from-internal/n", document.Quote(d.Phone))
	}
	check.Between(k, "dial.ring", d.Ring, 5*time.Second, 2*time.Minute)
	k.form("dial.form", d.Form, d.Prefix, false)
	k.dialPrefix("dial.prefix", d.Prefix)
	teams := k.c.teams()
	for i, a := range d.Allow {
		at := fmt.Sprintf("dial.allow[%d]", i)
		if len(a.Numbers) == 0 {
			k.Complain(at+".numbers", "`numbers` is missing; use patterns such as _+7XXXXXXXXXX, or \"*\" for all")
		}
		for j, number := range a.Numbers {
			k.dialPattern(fmt.Sprintf("%s.numbers[%d]", at, j), number)
		}
		k.KnownTeams(at+".teams", a.Teams, teams)
	}
	if len(d.Emergency) == 0 {
		k.c.Dial.Emergency = []string{"112"}
	}
	for i, number := range d.Emergency {
		if number == "" || !dialDigits.MatchString(number) {
			k.Complain(fmt.Sprintf("dial.emergency[%d]", i), "%s is not a number; use digits, such as 112",
				document.Quote(number))
		}
	}
	names := map[string]int{}
	for i, l := range d.Lines {
		at := fmt.Sprintf("dial.lines[%d]", i)
		k.Given(at+".name", l.Name)
		k.Once(at+".name", l.Name, i, names, "dial.lines")
		if k.Given(at+".caller_id", l.CallerID) && !callerID.MatchString(l.CallerID) {
			k.Complain(at+".caller_id", "%s is not a number; use digits, optionally after +",
				document.Quote(l.CallerID))
		}
		k.form(at+".form", l.Form, l.Prefix, true)
		k.dialPrefix(at+".prefix", l.Prefix)
		k.KnownTeams(at+".teams", l.Teams, teams)
	}
}

func (k scalars) form(key, form, prefix string, mayBeEmpty bool) {
	known := []string{"national", "international", "digits", "typed"}
	if mayBeEmpty {
		known = append(known, "")
	}
	k.OneOf(key, form, known...)
	if form == "international" && prefix != "" {
		k.Complain(key, "numbers with + cannot have a prefix; use `form: digits`, or remove `prefix`")
	}
}

func (k scalars) dialPrefix(key, prefix string) {
	if !dialDigits.MatchString(prefix) {
		k.Complain(key, "%s is not a prefix; use digits, such as 9", document.Quote(prefix))
	}
}

// dialPattern checks a number that may be dialled: in international form, or short.
func (k scalars) dialPattern(key, number string) {
	plain := strings.Replace(number, "_+", "_", 1)
	switch {
	case strings.HasPrefix(number, "_"):
		k.Called(key, plain)
	case number == "*" || callerID.MatchString(number):
	default:
		k.Complain(key, "%s is neither a number nor a pattern; use _+7XXXXXXXXXX, +74951234567, or \"*\" for all",
			document.Quote(number))
	}
}
