package trace

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"traybell/hub/calls"
	"traybell/hub/endpoint"
	"traybell/hub/routing"
	"traybell/shared/phone"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// told returns steps as lines.
func told(language string, steps ...Step) (lines []string) {
	for _, s := range steps {
		sentence, details := s.Say(language)
		lines = append(lines, append([]string{sentence}, details...)...)
	}
	return lines
}

// A trace is in the language of its reader.
func TestStepsInRussian(t *testing.T) {
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 12, 3, 0, 0, time.Local)
	number := Step{What: Number, Text: "84951234567"}
	number.explain(numbers)
	judge := endpoint.NewJudge(nil)
	in, _ := endpoint.Of("PJSIP/101-00000001")
	verdict := judge.Judge(endpoint.Facts{Name: in, Created: true, Calls: true, Context: "from-internal"})
	ended, _ := stateStep(calls.Call{State: protocol.Ended, Cause: 17}, nil)
	steps := []Step{
		{What: Seen, Text: string(protocol.Ringing)},
		number,
		{What: Looked, After: 1500 * time.Microsecond, Notes: []Note{
			{"trace.customer", map[string]string{"Name": "Иванов", "Directory": "crm"}},
		}},
		{What: Legs, Words: []string{"101 ringing", "102 calling"}},
		{What: Told, Agents: []string{"anna"}, Why: string(routing.Rings)},
		{What: Hidden, Agents: []string{"anna"}, Why: string(protocol.HiddenQuiet), After: 2 * time.Second},
		blockStep(protocol.Block{By: "Анна", At: at, Reason: "спам"}, calls.Call{Started: at}),
		EndUnseen(at, false), ended,
	}
	steps = append(steps, endpointSteps(map[string]endpoint.Verdict{}, []calls.Channel{
		{Name: "PJSIP/101-00000001", Verdict: verdict},
	})...)
	want := []string{
		"Замечен впервые: вызов.", "АТС передала номер «84951234567»:",
		"прочитан как номер региона RU: +74951234567 (RU)", "операторы видят «8 (495) 123-45-67»",
		"ищется как +74951234567", "Найден (1.5 мс): Иванов, справочник crm.",
		"Внутренние номера: 101 вызов, 102 исходящий вызов.", "Показать операторам anna: звонит их телефон.",
		"Программа оператора anna не показала окно (через 2.0 с после отправки): включён режим «Не беспокоить».",
		"Номер заблокирован: Анна, 12:03 (спам).",
		"Состояние звонка — завершён: конец не виден; длился не меньше чем до 12:03:00, возможно, был ответ.",
		"Состояние звонка — завершён: без ответа, причина 17 (занято).",
		"PJSIP/101 — телефон компании: контекст from-internal.",
	}
	if diff := cmp.Diff(want, told("ru", steps...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every kind of step has its sentence in both languages, with nothing left out.
func TestEveryStepHasSentences(t *testing.T) {
	latin := regexp.MustCompile(`[a-z]{4,}`)
	names := strings.NewReplacer("hub.yml", "", "desktop.popups", "", "trunks", "", "extensions", "", "anna", "")
	for _, what := range []What{
		Seen, Number, Endpoints, Guessed, Impostor, Pretends, Line, Untracked, Looked, Blocked, Late, Legs, Told,
		NotTold, Off, Sent, Away, Snapshot, Shown, Closed, Merged, Hidden, State, Pressed, Refused, Queued, Ticket,
		Noted, NoTicket, Controlled,
	} {
		s := Step{What: what, Agents: []string{"anna"}}
		for _, s.Text = range []string{"", "101"} {
			for _, language := range []string{English, "ru"} {
				said, _ := s.Say(language)
				if said == "" || strings.Contains(said, "<no value>") || strings.Contains(said, "trace.") {
					t.Errorf("%s %s: %q", language, what, said)
				}
				if language == "ru" && latin.MatchString(names.Replace(said)) {
					t.Errorf("%s is not in Russian: %q", what, said)
				}
			}
		}
	}
}

// What an earlier version of the hub recorded is read as it wrote it.
func TestStepsOfEarlierVersions(t *testing.T) {
	steps := []Step{
		{What: Number, Text: "101", Words: []string{"at most 5 digits: matched exactly as \"101\""}},
		{What: Endpoints, Words: []string{"SIP/1 is a trunk: FROM_DID"}},
		{What: Guessed, Text: "SIP/2", Words: []string{Inside}, Why: "no evidence"},
		{What: Line, Text: "\"749\"", Why: "to those whose phone rings"},
		{What: Looked, Words: []string{"Ivanov in crm"}, After: time.Millisecond},
		{What: Blocked, Text: "by Anna at 12:03"},
		{What: Sent, Agents: []string{"anna"}, Words: []string{"anna on windows"}},
		{What: State, Text: "ended", Why: "not answered, cause 17 (user busy)"},
	}
	want := []string{
		`The PBX presents the number "101":`, `at most 5 digits: matched exactly as "101"`,
		"SIP/1 is a trunk: FROM_DID.",
		"SIP/2 is taken for a phone of the company: no evidence. See trunks and extensions in hub.yml.",
		`Tracked number "749", shown to those whose phone rings.`, "Found after 1.0 ms: Ivanov in crm.",
		"The caller is blocked by Anna at 12:03.", "Sent to", "anna on windows",
		"The call is ended: not answered, cause 17 (user busy).",
	}
	if diff := cmp.Diff(want, told(English, steps...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if block := (Trace{Steps: steps[5:6]}).Result(English); block != "blocked by Anna at 12:03" {
		t.Error(block)
	}
}
