//go:build darwin

package idle

import (
	"time"

	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// afterLayout are delays until Fyne has laid out changes. It does so when it paints, which takes
// longer after large changes.
func afterLayout() []time.Duration {
	return []time.Duration{60 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond}
}

// KeyHooks are hooks into a window's keyboard. Fyne passes keys to the focused widget only, so a
// window gets Escape and Enter only without a focus. Hooks are called on Fyne's goroutine.
type KeyHooks struct {
	// before Fyne, which does not get the key if it is taken
	Press func(key fyne.KeyName, with fyne.KeyModifier) (taken bool)
	// after a key, and again after layout
	After func()
	// a mouse button or the wheel was used
	Pointer func()
}

// HookKeys hooks into a window that has been shown. Call it once per window.
func HookKeys(window fyne.Window, h KeyHooks) {
	native, ok := window.(interface{ RunWithContext(f func()) })
	if !ok {
		return // not a GLFW window, as in tests
	}
	native.RunWithContext(func() {
		w := glfw.GetCurrentContext()
		if w == nil {
			return
		}
		pointed := 0 // counts pointer events
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

// hooked are the keys passed to Press.
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
