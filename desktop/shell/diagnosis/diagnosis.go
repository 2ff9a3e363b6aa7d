// Package diagnosis asks the hub why a call had no popup, and for test calls. It belongs to the
// shell's goroutine.
package diagnosis

import (
	"cmp"
	"strings"

	"traybell/assets/translations"
	"traybell/shared/protocol"
)

// Session sends requests to the hub. done gets the answer, or why there is none.
type Session interface {
	Request(action string, data any, done func(answer protocol.Message, failure string))
}

// Diagnosis has the answers of the hub.
type Diagnosis struct {
	Session Session
	Texts   *translations.Texts
	Changed func() // called for each new answer

	// Why says why a call had no popup, by its ID, as far as the agent has asked.
	Why map[string]string
}

// Ask asks why a call had no popup.
func (d *Diagnosis) Ask(call string) {
	set := func(text string) {
		d.Why = map[string]string{call: text}
		d.Changed()
	}
	set(d.Texts.Say("calls.why_asking"))
	in := protocol.WhyCall{Call: call, Language: d.Texts.Language()}
	d.Session.Request(protocol.CallWhy, in, func(answer protocol.Message, failure string) {
		var why protocol.ExplainedCall
		failure = decode(answer, failure, &why)
		set(cmp.Or(failure, strings.TrimSpace(why.Text+" "+why.Remedy)))
	})
}

// Test has the hub place a test call, at which the agent's phone may ring. done gets whether its
// popup was shown, and the steps.
func (d *Diagnosis) Test(phone bool, done func(shown bool, text string)) {
	in := protocol.TestCall{Language: d.Texts.Language(), Phone: phone}
	d.Session.Request(protocol.CallTry, in, func(answer protocol.Message, failure string) {
		var test protocol.TestedCall
		if failure = decode(answer, failure, &test); failure != "" {
			done(false, failure)
			return
		}
		lines := []string{d.Texts.Say("settings.test_called")}
		if !test.Shown {
			lines[0] = strings.TrimSpace(test.Text + " " + test.Remedy)
		}
		for _, step := range test.Steps {
			lines = append(lines, step.Text)
		}
		done(test.Shown, strings.Join(lines, "\n"))
	})
}

func decode(answer protocol.Message, failure string, to any) string {
	if failure == "" {
		if err := answer.Decode(to); err != nil {
			return err.Error()
		}
	}
	return failure
}
