package idle

import (
	"time"

	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// afterLayout is when Fyne has put everything where it belongs: it does so when it paints, which
// may take longer where the key has made something new.
func afterLayout() []time.Duration {
	return []time.Duration{60 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond}
}

// KeyHooks are what a window wants to know of its keyboard beyond what Fyne tells: Fyne gives a key
// to the widget that has the focus and to nobody else, so that Escape and Enter are the window's
// only while nothing has it. All are called on Fyne's goroutine.
type KeyHooks struct {
	// before Fyne sees it, which it does not where it is taken
	Press func(key fyne.KeyName, with fyne.KeyModifier) (taken bool)
	// after a key; and again when what the key has changed is where it belongs
	After func()
	// a button of the pointer was pressed, or its wheel turned
	Pointer func()
}

// HookKeys hooks into a window that has been shown. Called again for the same window it would hook
// twice.
func HookKeys(window fyne.Window, h KeyHooks) {
	native, ok := window.(interface{ RunWithContext(f func()) })
	if !ok {
		return // no window of GLFW's: a test's
	}
	native.RunWithContext(func() {
		w := glfw.GetCurrentContext()
		if w == nil {
			return
		}
		pointed := 0 // counts what the pointer does
		later := func() {
			was := pointed
			for _, wait := range afterLayout() {
				time.AfterFunc(wait, func() {
					fyne.Do(func() {
						if was == pointed {
							h.After()
						}
					})
				})
			}
		}
		var key glfw.KeyCallback
		key = w.SetKeyCallback(func(w *glfw.Window, k glfw.Key, scancode int, action glfw.Action,
			mods glfw.ModifierKey,
		) {
			if action != glfw.Release {
				defer later()
				if name, known := hooked[k]; known && h.Press(name, modifiers(mods)) {
					return
				}
			}
			if key != nil {
				key(w, k, scancode, action, mods)
			}
			if action != glfw.Release {
				h.After()
			}
		})
		var button glfw.MouseButtonCallback
		button = w.SetMouseButtonCallback(func(w *glfw.Window, b glfw.MouseButton, action glfw.Action,
			mods glfw.ModifierKey,
		) {
			pointed++
			h.Pointer()
			if button != nil {
				button(w, b, action, mods)
			}
		})
		var scroll glfw.ScrollCallback
		scroll = w.SetScrollCallback(func(w *glfw.Window, x, y float64) {
			pointed++
			h.Pointer()
			if scroll != nil {
				scroll(w, x, y)
			}
		})
	})
}

// hooked are the keys that a window may want before its widgets.
var hooked = map[glfw.Key]fyne.KeyName{
	glfw.KeyEscape: fyne.KeyEscape, glfw.KeyEnter: fyne.KeyReturn, glfw.KeyKPEnter: fyne.KeyEnter,
	glfw.KeyTab:    fyne.KeyTab,
	glfw.KeyPageUp: fyne.KeyPageUp, glfw.KeyPageDown: fyne.KeyPageDown,
}

func modifiers(mods glfw.ModifierKey) (m fyne.KeyModifier) {
	for bit, is := range map[glfw.ModifierKey]fyne.KeyModifier{
		glfw.ModShift: fyne.KeyModifierShift, glfw.ModControl: fyne.KeyModifierControl,
		glfw.ModAlt: fyne.KeyModifierAlt, glfw.ModSuper: fyne.KeyModifierSuper,
	} {
		if mods&bit != 0 {
			m |= is
		}
	}
	return m
}
