package why_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"traybell/hub/why"
)

// Every cause has sentences in both languages, for administrators and agents, without a gap.
func TestEveryCauseHasItsTexts(t *testing.T) {
	latin := regexp.MustCompile(`[a-z]{3,}`)
	for _, cause := range why.Causes() {
		a := why.Answer{
			Cause: cause, Agent: "anna", PBX: "main", About: "incoming", Rang: "102", At: time.Now(),
			After: time.Second,
		}
		for _, to := range []why.Reader{{}, {Agent: true}, {Language: "ru"}, {Language: "ru-RU", Agent: true}} {
			said, remedy := a.Say(to)
			if said == "" || strings.ContainsAny(said+remedy, "{}") || !strings.HasSuffix(said, ".") {
				t.Errorf("%s for %+v: %q, %q", cause, to, said, remedy)
			}
			if to.Agent && strings.Contains(said+remedy, "hub.yml") {
				t.Errorf("%s: agents do not know hub.yml: %q, %q", cause, said, remedy)
			}
			if to.Agent && to.Language != "" {
				rest := strings.NewReplacer("incoming", "", "traybell", "").Replace(said + remedy)
				if words := latin.FindAllString(rest, -1); words != nil {
					t.Errorf("%s in Russian has %q", cause, words)
				}
			}
		}
	}
}

// An agent who never signed in did not leave at a time.
func TestSignedOutWithoutATime(t *testing.T) {
	for language, want := range map[string]string{
		"en": "anna was not signed in: no reason is known.",
		"ru": "Оператор anna не был подключён: причина неизвестна.",
	} {
		said, _ := why.Answer{Cause: why.SignedOut, Agent: "anna"}.Say(why.Reader{Language: language})
		if said != want {
			t.Errorf("%q", said)
		}
	}
}
