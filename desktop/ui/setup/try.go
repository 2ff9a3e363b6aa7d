package setup

import (
	"traybell/desktop/ui/control"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Outcome is the result of a connection test.
type Outcome int

// The outcomes.
const (
	Fails     Outcome = iota
	ToConfirm         // works after the agent has confirmed something
	Works
)

// tryRow has the buttons "Test connection" and "Test call", and the result of the last test.
type tryRow struct {
	form    *Form
	button  *widget.Button
	phone   *widget.Check // a test call rings the agent's phone; nil: not offered
	busy    *widget.Activity
	picture *widget.Icon
	message *widget.Label
	number  int  // counts tests and edits: results for earlier values are dropped
	trying  bool // a test is running; the button is not disabled, as it would lose the focus
	box     *fyne.Container
}

func newTryRow(f *Form) *tryRow {
	r := &tryRow{form: f, busy: widget.NewActivity(), picture: widget.NewIcon(nil), message: control.Wrapped("")}
	r.button = widget.NewButtonWithIcon(f.texts.Say("settings.try"), theme.MediaReplayIcon(), r.try)
	r.busy.Hide()
	r.picture.Hide()
	r.message.Hide()
	r.message.Selectable = true
	buttons := container.NewHBox(r.button, r.busy)
	if f.do.TestCall != nil {
		call := widget.NewButtonWithIcon(f.texts.Say("settings.test_call"), theme.VolumeUpIcon(), r.call)
		buttons.Objects = []fyne.CanvasObject{r.button, call, r.busy}
	}
	r.box = container.NewVBox(buttons)
	if f.do.TestCall != nil && f.in.MayRing {
		r.phone = widget.NewCheck(f.texts.Say("settings.test_phone"), nil)
		r.box.Add(r.phone)
	}
	r.box.Add(container.NewBorder(nil, nil, r.picture, nil, r.message))
	return r
}

// try tests the current values, saved or not.
func (r *tryRow) try() {
	if r.trying {
		return
	}
	result := Result{Own: r.form.in.Own}
	if !r.form.connection.read(&result) {
		return
	}
	r.form.do.Connect(result, r.begin("settings.trying", func(outcome Outcome) {
		if outcome == Works {
			r.form.connection.clearProblem()
		}
	}))
}

// call places a test call with the current session.
func (r *tryRow) call() {
	if !r.trying {
		phone := r.phone != nil && r.phone.Checked
		r.form.do.TestCall(phone, r.begin("settings.test_calling", func(Outcome) {}))
	}
}

// begin shows that a test runs. The returned function ends it with its result, and calls then before.
func (r *tryRow) begin(busy string, then func(Outcome)) (done func(outcome Outcome, message string)) {
	r.number++
	number := r.number
	r.trying = true
	r.busy.Show()
	r.busy.Start()
	r.show(nil, r.form.texts.Say(busy))
	return func(outcome Outcome, message string) {
		if number != r.number {
			return
		}
		r.stop()
		then(outcome)
		picture := fyne.Resource(theme.NewErrorThemedResource(theme.ErrorIcon()))
		switch outcome {
		case ToConfirm:
			picture = theme.NewColoredResource(theme.QuestionIcon(), theme.ColorNamePrimary)
		case Works:
			picture = theme.NewSuccessThemedResource(theme.ConfirmIcon())
		case Fails:
		}
		r.show(picture, message)
	}
}

// stop ends the busy state.
func (r *tryRow) stop() {
	r.trying = false
	r.busy.Stop()
	r.busy.Hide()
}

// reset clears the result after an edit.
func (r *tryRow) reset() {
	r.number++
	r.stop()
	r.picture.Hide()
	r.message.Hide()
	r.box.Refresh()
}

func (r *tryRow) show(picture fyne.Resource, text string) {
	r.picture.SetResource(picture)
	if picture == nil {
		r.picture.Hide()
	} else {
		r.picture.Show()
	}
	r.message.SetText(text)
	r.message.Show()
	r.box.Refresh()
}
