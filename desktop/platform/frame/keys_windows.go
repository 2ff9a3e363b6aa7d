package frame

import (
	"strconv"

	"traybell/desktop/platform/win32"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"golang.org/x/sys/windows"
)

// virtualKeys are Fyne's names of keys other than letters and digits.
var virtualKeys = map[uintptr]fyne.KeyName{
	windows.VK_BACK: fyne.KeyBackspace, windows.VK_TAB: fyne.KeyTab, windows.VK_RETURN: fyne.KeyReturn,
	windows.VK_CAPITAL: desktop.KeyCapsLock, windows.VK_ESCAPE: fyne.KeyEscape, windows.VK_SPACE: fyne.KeySpace,
	windows.VK_PRIOR: fyne.KeyPageUp, windows.VK_NEXT: fyne.KeyPageDown, windows.VK_END: fyne.KeyEnd,
	windows.VK_HOME: fyne.KeyHome, windows.VK_LEFT: fyne.KeyLeft, windows.VK_UP: fyne.KeyUp,
	windows.VK_RIGHT: fyne.KeyRight, windows.VK_DOWN: fyne.KeyDown, windows.VK_SNAPSHOT: desktop.KeyPrintScreen,
	windows.VK_INSERT: fyne.KeyInsert, windows.VK_DELETE: fyne.KeyDelete, windows.VK_LWIN: desktop.KeySuperLeft,
	windows.VK_RWIN: desktop.KeySuperRight, windows.VK_APPS: desktop.KeyMenu, windows.VK_MULTIPLY: fyne.KeyAsterisk,
	windows.VK_ADD: fyne.KeyPlus, windows.VK_SUBTRACT: fyne.KeyMinus, windows.VK_DECIMAL: fyne.KeyPeriod,
	windows.VK_DIVIDE: fyne.KeySlash, windows.VK_LSHIFT: desktop.KeyShiftLeft,
	windows.VK_RSHIFT: desktop.KeyShiftRight, windows.VK_OEM_1: fyne.KeySemicolon, windows.VK_OEM_PLUS: fyne.KeyEqual,
	windows.VK_OEM_COMMA: fyne.KeyComma, windows.VK_OEM_MINUS: fyne.KeyMinus, windows.VK_OEM_PERIOD: fyne.KeyPeriod,
	windows.VK_OEM_2: fyne.KeySlash, windows.VK_OEM_3: fyne.KeyBackTick, windows.VK_OEM_4: fyne.KeyLeftBracket,
	windows.VK_OEM_5: fyne.KeyBackslash, windows.VK_OEM_6: fyne.KeyRightBracket, windows.VK_OEM_7: fyne.KeyApostrophe,
}

// keyName returns Fyne's name of a virtual key. Letters are Latin in every layout. An extended key
// is one that the keypad or the left side has, too.
func keyName(vk uintptr, scan int, extended bool) fyne.KeyName {
	switch {
	case vk == windows.VK_RETURN && extended:
		return fyne.KeyEnter
	case vk == windows.VK_SHIFT:
		vk, _, _ = win32.MapVirtualKey.Call(uintptr(scan), win32.MAPVK_VSC_TO_VK_EX)
	case vk == windows.VK_CONTROL && extended:
		return desktop.KeyControlRight
	case vk == windows.VK_CONTROL:
		return desktop.KeyControlLeft
	case vk == windows.VK_MENU && extended:
		return desktop.KeyAltRight
	case vk == windows.VK_MENU:
		return desktop.KeyAltLeft
	case vk >= '0' && vk <= '9', vk >= 'A' && vk <= 'Z':
		return fyne.KeyName(rune(vk))
	case vk >= windows.VK_NUMPAD0 && vk < windows.VK_NUMPAD0+10:
		return fyne.KeyName(rune('0' + vk - windows.VK_NUMPAD0))
	case vk >= windows.VK_F1 && vk < windows.VK_F1+12:
		return fyne.KeyName("F" + strconv.Itoa(int(vk-windows.VK_F1)+1))
	}
	return virtualKeys[vk]
}

// key handles keys and what they type. Combinations with Alt are the system's, too.
func (f *winFrame) key(m uint32, wParam, lParam uintptr) (done bool) {
	switch m {
	case win32.WM_CHAR:
		f.typed(rune(wParam))
		return true
	case win32.WM_KEYDOWN, win32.WM_SYSKEYDOWN, win32.WM_KEYUP, win32.WM_SYSKEYUP:
	default:
		return false
	}
	if wParam == windows.VK_PROCESSKEY {
		return false
	}
	scan := int(lParam >> 16 & 0xff)
	extended := lParam>>24&1 != 0
	down := m == win32.WM_KEYDOWN || m == win32.WM_SYSKEYDOWN
	k := Key{
		Name: keyName(wParam, scan, extended), Scan: scan, Pressed: down, Repeated: down && lParam>>30&1 != 0,
		With: modifiers(),
	}
	if wParam >= 'A' && wParam <= 'Z' {
		k.Latin = k.Name
	}
	f.events(k)
	return m == win32.WM_KEYDOWN || m == win32.WM_KEYUP
}

func modifiers() (m fyne.KeyModifier) {
	for vk, is := range map[uintptr]fyne.KeyModifier{
		windows.VK_SHIFT: fyne.KeyModifierShift, windows.VK_CONTROL: fyne.KeyModifierControl,
		windows.VK_MENU: fyne.KeyModifierAlt, windows.VK_LWIN: fyne.KeyModifierSuper,
		windows.VK_RWIN: fyne.KeyModifierSuper,
	} {
		if win32.Pressed(vk) {
			m |= is
		}
	}
	return m
}
