package dial

import (
	"slices"
	"strings"
	"testing"

	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

var found = []Number{
	{Kind: protocol.NumberColleague, Name: "Boris", Display: "102", Number: "102"},
	{Kind: protocol.NumberCustomer, Name: "Bob", About: "Acme", Display: "8 (495) 123-45-67", Number: "+74951234567"},
}

// Enter dials what the line above the button names: the number that is typed, or the chosen one.
func TestWhatEnterDials(t *testing.T) {
	test.NewTempApp(t)
	for _, c := range []struct {
		name, typed string
		keys        []fyne.KeyName
		shown       []Number
		want        string // empty: nothing
	}{
		{"a number", "8 495 123", nil, nil, "8 495 123"},
		{"a number, although something is found", "10", nil, found, "10"},
		{"the first that is found by a name", "bo", nil, found, "102"},
		{"the second", "bo", []fyne.KeyName{fyne.KeyDown}, found, "+74951234567"},
		{"not beyond the last", "bo", []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyDown}, found, "+74951234567"},
		{"what is found by a number", "10", []fyne.KeyName{fyne.KeyDown}, found, "102"},
		{"back to the number", "10", []fyne.KeyName{fyne.KeyDown, fyne.KeyUp}, found, "10"},
		{"a name without anybody", "zz", nil, nil, ""},
		{"the last numbers are not chosen by themselves", "", nil, found, ""},
		{"one of the last numbers", "", []fyne.KeyName{fyne.KeyDown}, found, "102"},
	} {
		var called []string
		v := New(uitest.English(t), Actions{
			Typed: func(string) {}, Call: func(number, line string) { called = append(called, number+line) },
		})
		w := test.NewTempWindow(t, v.Content())
		w.Canvas().Focus(v.text)
		test.Type(v.text, c.typed)
		v.Show(c.shown, "")
		for _, k := range c.keys {
			v.text.TypedKey(&fyne.KeyEvent{Name: k})
		}
		if v.call.Disabled() != (c.want == "") {
			t.Errorf("%s: the button is disabled: %v", c.name, v.call.Disabled())
		}
		v.press()
		if strings.Join(called, "|") != c.want {
			t.Errorf("%s: %q, want %q", c.name, called, c.want)
		}
	}
}

func TestTypingForgetsTheChoice(t *testing.T) {
	test.NewTempApp(t)
	v := New(uitest.English(t), Actions{Typed: func(string) {}})
	test.NewTempWindow(t, v.Content())
	test.Type(v.text, "bo")
	v.Show(found, "")
	test.Type(v.text, "x")
	if to, ok := v.aim(); ok {
		t.Errorf("%+v would be called", to)
	}
}

func TestFailureIsShownUntilTyping(t *testing.T) {
	test.NewTempApp(t)
	v := New(uitest.English(t), Actions{Typed: func(string) {}, Call: func(string, string) {}})
	test.NewTempWindow(t, v.Content())
	test.Type(v.text, "900")
	v.Busy()
	if !v.call.Disabled() {
		t.Error("it could be called twice")
	}
	v.Fail("You may not dial 900.")
	if v.call.Disabled() || !slices.Contains(uitest.Labels(v.Content()), "You may not dial 900.") {
		t.Errorf("%q", uitest.Labels(v.Content()))
	}
	test.Type(v.text, "1")
	if slices.Contains(uitest.Labels(v.Content()), "You may not dial 900.") {
		t.Error("the reason stays for another number")
	}
}

func TestLines(t *testing.T) {
	test.NewTempApp(t)
	var called string
	v := New(uitest.English(t), Actions{
		Typed: func(string) {}, Call: func(number, line string) { called = number + " with " + line },
	})
	test.NewTempWindow(t, v.Content())
	test.Type(v.text, "101")
	if v.SetLines(nil); v.line.Visible() {
		t.Error("a choice without lines")
	}
	v.SetLines([]string{"Support", "Sales"})
	if v.press(); called != "101 with " {
		t.Errorf("before a choice: %q", called)
	}
	v.line.SetSelected("Sales")
	v.SetLines([]string{"Support", "Sales"}) // again, as the hub says
	if v.press(); called != "101 with Sales" {
		t.Errorf("%q", called)
	}
}

func TestKeypadTypes(t *testing.T) {
	test.NewTempApp(t)
	typed := ""
	v := New(uitest.English(t), Actions{Typed: func(text string) { typed = text }})
	test.NewTempWindow(t, v.Content())
	for _, o := range test.LaidOutObjects(v.Content()) {
		if k, ok := o.(*key); ok && (k.name == "4" || k.name == "#") {
			test.Tap(k)
		}
	}
	if typed != "4#" {
		t.Errorf("%q", typed)
	}
}

func TestIsNumber(t *testing.T) {
	for text, want := range map[string]bool{
		"8 (495) 123-45-67": true, "+7": true, "*45": true, "": false, "+": false, "Anna": false, "1a": false,
		" - ": false,
	} {
		if IsNumber(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

// What Enter would dial can be saved, and one's own number can be renamed and removed.
func TestSaving(t *testing.T) {
	test.NewTempApp(t)
	var done []string
	v := New(uitest.English(t), Actions{
		Typed: func(string) {}, Save: func(number, name string) { done = append(done, "save "+number+" "+name) },
		Remove: func(number string) { done = append(done, "remove "+number) },
	})
	test.NewTempWindow(t, v.Content())
	for _, c := range []struct {
		name string
		of   Number
		want string // on the button; empty: there is none
	}{
		{"a colleague", found[0], ""},
		{"a customer", found[1], "Save number"},
		{"the company's", Number{Kind: protocol.NumberBook, Name: "Courier", Number: "1"}, ""},
		{"an earlier call", Number{Number: "+74951234567"}, "Save number"},
		{"a hidden number", Number{Number: protocol.Alias + "a"}, ""},
		{
			"the agent's, hidden since",
			Number{Kind: protocol.NumberPersonal, Name: "B", Number: protocol.Alias + "a"},
			"Change",
		},
		{"the agent's", Number{Kind: protocol.NumberPersonal, Name: "Bob", Number: "1"}, "Change"},
	} {
		v.Show([]Number{c.of}, "")
		v.list.Select(0)
		if got := v.edit.open; got.Visible() != (c.want != "") || c.want != "" && got.Text != c.want {
			t.Errorf("%s: %q, visible: %t", c.name, got.Text, got.Visible())
		}
	}
	v.edit.open.OnTapped()
	if v.edit.name.Text != "Bob" || !v.edit.remove.Visible() {
		t.Errorf("the name is %q", v.edit.name.Text)
	}
	v.edit.name.SetText(" ")
	if v.edit.save(); !v.edit.keep.Disabled() || len(done) != 0 {
		t.Errorf("saved without a name: %q", done)
	}
	v.edit.name.SetText("Robert ")
	v.edit.name.OnSubmitted("")
	uitest.Press(t, v.Content(), "Remove")
	test.Type(v.text, "900")
	if v.edit.row.Visible() {
		t.Error("the name of another number can still be changed")
	}
	uitest.Press(t, v.Content(), "Save number")
	if v.edit.remove.Visible() || v.edit.name.Text != "" {
		t.Errorf("a new number has the name %q", v.edit.name.Text)
	}
	v.edit.name.SetText("Taxi")
	uitest.Press(t, v.Content(), "Save")
	if v.Saved(); v.edit.row.Visible() {
		t.Error("the field stays after saving")
	}
	if got := strings.Join(done, "|"); got != "save 1 Robert|remove 1|save 900 Taxi" {
		t.Errorf("%q", got)
	}
}
