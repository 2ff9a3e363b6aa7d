package hidden_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"traybell/hub/caller"
	"traybell/hub/calls"
	"traybell/hub/desk"
	"traybell/hub/hidden"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// records are pairs of a called and a calling number.
type records [][2]string

func (r records) Callers(_ context.Context, each func(did, number, rule string)) error {
	for _, pair := range r {
		each(pair[0], pair[1], "")
	}
	return nil
}

func (records) TokenKey(context.Context) ([]byte, error) { return make([]byte, 32), nil }

const (
	hiding  = "4950000001"
	visible = "4950000002"
)

func book(t *testing.T, hide *bool, earlier records) *hidden.Book {
	t.Helper()
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	agents := staff.New([]staff.Agent{{Login: "anna", Extensions: []string{"10123"}}})
	b, err := hidden.New(t.Context(), earlier, func() *desk.Rules {
		lines, err := tracking.New([]tracking.Line{{Number: hiding, HideNumber: *hide}, {Number: "*"}}, numbers)
		if err != nil {
			t.Fatal(err)
		}
		return &desk.Rules{Company: caller.Company{Staff: agents}, Lines: lines, Numbers: numbers}
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTexts(t *testing.T) {
	hide := true
	b := book(t, &hide, records{{hiding, "+74951234567"}, {visible, "+74957654321"}, {hiding, "10123"}})
	b.Call(calls.Call{Direction: protocol.Incoming, DID: hiding, Number: "+49 30 1234567"})
	b.Call(calls.Call{Direction: protocol.Outgoing, DID: hiding, Number: "+74991112233"})
	const x = protocol.HiddenNumber
	for text, want := range map[string]string{
		"+74951234567": x, "84951234567": x, "4951234567": x, "+7 (495) 123-45-67": x, "8 495 123 45 67 x": x + " x",
		"Call from 8 (495) 123-45-67, please": "Call from " + x + ", please",
		"in-84951234567-74950000001-20261129-120000-1795340403.70.wav": "in-" + x + "-74950000001-20261129-120000-" +
			"1795340403.70.wav",
		"external-101-+74951234567-20261129.wav": "external-101-" + x + "-20261129.wav",
		"9 84951234567":                          "9 " + x, "00493012345678": "00493012345678",
		"0049 30 1234567":    "0049 " + x,
		"a+74951234567b":     "a" + x + "b",
		"+74957654321":       "+74957654321",
		"+74991112233 10123": "+74991112233 10123",
		"495123456":          "495123456",
		"https://crm.example/?p=%2B7%20495%201234567&q=1": "",
		"https://crm.example/?p=%2B74951234567":           "https://crm.example/?p=%2B" + x,
		"Ticket 2026112910000012 of 2026-11-29":           "Ticket 2026112910000012 of 2026-11-29",
		"12:00:00, 100 %d":                                "12:00:00, 100 %d",
	} {
		if got := b.Text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for search, want := range map[string]bool{
		"495": false, "4567": false, "ivan": true, "": true, "acme  ivan": true, "ivan 495": false,
		"ivan petrov": false,
	} {
		if got := b.Found(search, "+74951234567", "Ivan", "ACME"); got != want {
			t.Errorf("a search for %q finds it: %t", search, got)
		}
	}
	hide = false
	if got := b.Text("+74951234567"); got != "+74951234567" {
		t.Errorf("the line hides no more: %q", got)
	}
}

func TestMessages(t *testing.T) {
	hide := true
	b := book(t, &hide, records{{hiding, "+74951234567"}})
	event, err := protocol.New(protocol.Event, protocol.CategoryEvent, protocol.Category{
		Number: "+74951234567", Comment: `"8 495 1234567" \ Ы`, Color: protocol.Red,
	})
	if err != nil {
		t.Fatal(err)
	}
	out := b.Out(event)
	var seen protocol.Category
	if err := out.Decode(&seen); err != nil || seen.Comment != `"`+protocol.HiddenNumber+`" \ Ы` ||
		!strings.HasPrefix(seen.Number, protocol.Alias) || seen.Color != protocol.Red {
		t.Fatalf("%s, %v", out.Data, err)
	}
	action := fmt.Sprintf(`{"number":%q,"x":"hidden-aaaaaaaaaaaaaaaaaaaa"}`, seen.Number)
	back := b.In(protocol.Message{Data: []byte(action)})
	if string(back.Data) != `{"number":"+74951234567","x":"hidden-aaaaaaaaaaaaaaaaaaaa"}` {
		t.Errorf("%s", back.Data)
	}
	// Next to other characters an alias stays: the number would be read where it is not found.
	for _, action := range []string{
		fmt.Sprintf(`{"text":"%s0"}`, seen.Number), fmt.Sprintf(`{"text":"1%s"}`, seen.Number),
		fmt.Sprintf(`{"text":"Call %s"}`, seen.Number), fmt.Sprintf(`{"call":%q}`, seen.Number),
	} {
		if got := string(b.In(protocol.Message{Data: []byte(action)}).Data); got != action {
			t.Errorf("%s is %s", action, got)
		}
	}
	event.Plain = true
	if plain := b.Out(event); string(plain.Data) != string(event.Data) {
		t.Errorf("a plain message: %s", plain.Data)
	}
	for _, raw := range []string{`{"number":"`, `"`, `{"a\`, `[]`, ``, `{"id":"+74951234567"}`} {
		if got := string(b.JSON([]byte(raw))); got != raw {
			t.Errorf("%q: %q", raw, got)
		}
	}
}

// A call of a line that hides numbers is hidden even if the book does not know the number.
func TestCallOfALine(t *testing.T) {
	hide := true
	b := book(t, &hide, nil)
	c := protocol.Call{
		Direction: protocol.Incoming, DID: hiding, Number: "84951234567", E164: "+74951234567",
		Display: "8 (495) 123-45-67",
		Name:    "1234567", Data: []protocol.CallDatum{{Name: "asked", Value: "123-45-67"}},
		Caller: protocol.Caller{Category: protocol.Category{Number: "+74951234567"}},
	}
	seen := b.Hide(c)
	if !seen.Hidden || seen.E164 != "" || seen.Name != protocol.HiddenNumber ||
		seen.Data[0].Value != protocol.HiddenNumber || seen.Caller.Category.Number != seen.Number {
		t.Errorf("%+v", seen)
	}
	if c.Data[0].Value != "123-45-67" {
		t.Error("the call of the desk was changed")
	}
	c.DID = visible
	if seen := b.Hide(c); seen.Hidden {
		t.Errorf("another line: %+v", seen)
	}
	c.Number, c.Hidden = "112", true
	if seen := b.Hide(c); !seen.Hidden || seen.Number == "112" || seen.Display != protocol.HiddenNumber {
		t.Errorf("a short number that a rule hides: %+v", seen)
	}
	if seen := b.Hide(b.Hide(c)); seen.Number != b.Hide(c).Number {
		t.Errorf("hidden twice: %+v", seen)
	}
	c.DID, c.Number = hiding, ""
	if seen := b.Hide(c); seen.Hidden {
		t.Errorf("a withheld number: %+v", seen)
	}
}

func TestPages(t *testing.T) {
	hide := true
	b := book(t, &hide, records{{hiding, "+74951234567"}})
	posted := ""
	from := true
	pages := httptest.NewServer(b.Pages(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/page":
			_, _ = io.WriteString(w, `<!DOCTYPE html><input value="&#43;74951234567"><b>8 (495) 123-45-67</b> 1&#43;1`)
		case "/file":
			w.Header().Set("Content-Type", "text/csv")
			_, _ = io.WriteString(w, "a,+7495")
			_, _ = io.WriteString(w, "1234567\nb,\n")
		case "/audio":
			w.Header().Set("Content-Type", "audio/wav")
			_, _ = io.WriteString(w, "4951234567")
		case "/file/sent":
			raw, err := io.ReadAll(r.Body)
			if posted = string(raw); err != nil {
				t.Error(err)
			}
		case "/form":
			posted = r.PostFormValue("number") + r.URL.Query().Get("number")
		}
	}), func(*http.Request) bool { return from }))
	defer pages.Close()
	get := func(path string) string {
		answer, err := http.Get(pages.URL + path) //nolint:noctx // of the test
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		raw, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	page := get("/page")
	before, rest, _ := strings.Cut(page, `<input value="`)
	number, after, _ := strings.Cut(rest, `"`)
	if before != "<!DOCTYPE html>" || after != "><b>"+protocol.HiddenNumber+"</b> 1&#43;1" ||
		!strings.HasPrefix(number, protocol.Alias) {
		t.Errorf("the page: %s", page)
	}
	if got := get("/file"); got != "a,"+protocol.HiddenNumber+"\nb,\n" {
		t.Errorf("the file: %q", got)
	}
	if got := get("/audio"); got != "4951234567" {
		t.Errorf("the recording: %q", got)
	}
	//nolint:noctx // of the test
	answer, err := http.PostForm(pages.URL+"/form?number="+number, map[string][]string{"number": {number}})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if posted != "+74951234567+74951234567" {
		t.Errorf("posted %q", posted)
	}
	joined := map[string][]string{"number": {"a" + number}}
	//nolint:noctx // of the test
	if answer, err = http.PostForm(pages.URL+"/form?number="+number+"0", joined); err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if posted != "a"+number+number+"0" {
		t.Errorf("posted next to other characters: %q", posted)
	}
	//nolint:noctx // of the test
	answer, err = http.Post(pages.URL+"/file/sent", "multipart/form-data; boundary=x", strings.NewReader(number))
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if posted != number {
		t.Errorf("a file arrived as %q", posted)
	}
	from = false
	if got := get("/page"); !strings.Contains(got, "8 (495) 123-45-67") {
		t.Errorf("for others: %s", got)
	}
}
