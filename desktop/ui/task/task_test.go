package task_test

import (
	"slices"
	"testing"

	"traybell/desktop/ui/task"
	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

func TestForm(t *testing.T) {
	test.NewTempApp(t)
	var did []string
	in := task.Content{
		State: "Waiting for a task · 3 minutes", May: true,
		Projects: []protocol.Choice{{Code: "1200", Name: "Acme"}, {Code: "1300", Name: "Other"}},
		Kinds:    []protocol.Choice{{Code: "mail", Name: "Letters"}, {Code: "file", Name: "Files"}},
	}
	f := task.New(uitest.English(t), in, task.Actions{
		Begin: func(project, kind string) { did = append(did, "begin "+project+" "+kind) },
		End:   func(note string) { did = append(did, "end "+note) }, Close: func() { did = append(did, "close") },
	})
	test.NewTempWindow(t, f.Content())
	press := button(t, f.Content(), "Begin")
	if !press.Disabled() {
		t.Error("a task may begin without a project")
	}
	selects := find[*widget.Select](f.Content())
	if len(selects) != 2 {
		t.Fatalf("%d lists", len(selects))
	}
	selects[0].SetSelected("Other")
	selects[1].SetSelected("Files")
	if press.Disabled() {
		t.Error("the task may not begin")
	}
	test.Tap(press)
	in.May, in.Running, in.Project, in.Kind, in.State = false, true, "1300", "file", "Task · 0 minutes"
	f.Show(in)
	if !selects[0].Disabled() || press.Text != "Finish" || !slices.Contains(uitest.Labels(f.Content()), in.State) {
		t.Errorf("%q", uitest.Labels(f.Content()))
	}
	f.SetNote("12 letters")
	test.Tap(press)
	f.Fail("The hub is busy.")
	if !slices.Contains(uitest.Labels(f.Content()), "The hub is busy.") {
		t.Errorf("%q", uitest.Labels(f.Content()))
	}
	in.May, in.Running, in.Project, in.Kind = true, false, "", ""
	f.Show(in)
	if f.Note() != "" || selects[0].Disabled() || press.Text != "Begin" {
		t.Errorf("after the task: note %q, %q", f.Note(), press.Text)
	}
	uitest.Press(t, f.Content(), "Close")
	if want := []string{"begin 1300 file", "end 12 letters", "close"}; !slices.Equal(did, want) {
		t.Errorf("did %q", did)
	}
}

func find[T fyne.CanvasObject](in fyne.CanvasObject) (list []T) {
	for _, o := range test.LaidOutObjects(in) {
		if of, ok := o.(T); ok {
			list = append(list, of)
		}
	}
	return list
}

func button(t *testing.T, in fyne.CanvasObject, title string) *widget.Button {
	t.Helper()
	for _, b := range find[*widget.Button](in) {
		if b.Text == title {
			return b
		}
	}
	t.Fatalf("no button %q", title)
	return nil
}
