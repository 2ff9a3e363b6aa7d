// Package mobile is the section mobile of hub.yml: agents who take calls of queues on their mobiles.
package mobile

import (
	"fmt"
	"time"

	"traybell/hub/config/check"
	"traybell/hub/config/document"
)

// Section is the section mobile.
type Section struct {
	Numbers []Number      `yaml:"numbers" jsonschema_description:"Mobiles on which agents may take calls of their queues: the white list. Administrators add others on the page Mobiles."`
	Until   string        `yaml:"until" jsonschema_description:"Time of the day, such as \"20:00\", at which agents stop taking calls on their mobiles by themselves. Empty: at no time."`
	Longest time.Duration `yaml:"longest" jsonschema_description:"How long an agent takes calls on a mobile at most; 0s: without a limit."`
}

// Number is a mobile of the white list.
type Number struct {
	Number  string          `yaml:"number" jsonschema_description:"With its code, in any form: +7 916 123-45-67. The PBX dials it as dial.form says."`
	Agent   string          `yaml:"agent" jsonschema_description:"Login of the agent whose mobile it is."`
	PIN     document.Secret `yaml:"pin" jsonschema_description:"4 to 12 digits that the PBX asks for when this number calls to join: a CallerID can be forged. Empty: it does not ask."`
	PINFile string          `yaml:"pin_file" jsonschema_description:"File that contains it, instead of pin."`
}

// Default returns the section as it is without keys.
func Default() Section { return Section{Longest: 12 * time.Hour} }

// clock is how times of the day are written.
const clock = "15:04"

// OfDay is until as a time since midnight; 0: none.
func (s Section) OfDay() time.Duration {
	at, err := time.Parse(clock, s.Until)
	if err != nil {
		return 0
	}
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
}

// Check checks the section. queues: hub.yml has some. known complains about what is no agent's login.
func (s Section) Check(k check.Values, queues bool, known func(key, login string)) {
	if len(s.Numbers) > 0 && !queues {
		k.Warn("mobile.numbers", "mobiles take calls of queues, and hub.yml has none: add `queues`")
	}
	check.Between(k, "mobile.longest", s.Longest, 0, 7*24*time.Hour)
	if s.Until != "" && s.OfDay() == 0 {
		k.Complain("mobile.until", "%s is not a time of the day; use hours and minutes, such as \"20:00\"",
			document.Quote(s.Until))
	}
	for i, n := range s.Numbers {
		at := fmt.Sprintf("mobile.numbers[%d]", i)
		k.Given(at+".number", n.Number)
		if k.Given(at+".agent", n.Agent) {
			known(at+".agent", n.Agent)
		}
		if n.PIN.Empty() && n.PINFile == "" {
			k.Warn(at+".pin", "without `pin` who forges the CallerID %s joins for %s", document.Quote(n.Number),
				document.Quote(n.Agent))
		}
	}
}
