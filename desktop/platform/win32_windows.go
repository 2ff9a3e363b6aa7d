package platform

import (
	"image"

	"golang.org/x/sys/windows"
)

// Win32 functions, by their documented names.
var (
	user32 = windows.NewLazySystemDLL("user32.dll")
	gdi32  = windows.NewLazySystemDLL("gdi32.dll")
	shcore = windows.NewLazySystemDLL("shcore.dll") // since Windows 8.1

	registerClassEx     = user32.NewProc("RegisterClassExW")
	unregisterClass     = user32.NewProc("UnregisterClassW")
	createWindowEx      = user32.NewProc("CreateWindowExW")
	destroyWindow       = user32.NewProc("DestroyWindow")
	defWindowProc       = user32.NewProc("DefWindowProcW")
	getMessage          = user32.NewProc("GetMessageW")
	dispatchMessage     = user32.NewProc("DispatchMessageW")
	postMessage         = user32.NewProc("PostMessageW")
	postQuitMessage     = user32.NewProc("PostQuitMessage")
	showWindow          = user32.NewProc("ShowWindow")
	setWindowPos        = user32.NewProc("SetWindowPos")
	updateLayeredWindow = user32.NewProc("UpdateLayeredWindow")
	enumDisplayMonitors = user32.NewProc("EnumDisplayMonitors")
	getMonitorInfo      = user32.NewProc("GetMonitorInfoW")
	getCursorPos        = user32.NewProc("GetCursorPos")
	loadCursor          = user32.NewProc("LoadCursorW")
	setCapture          = user32.NewProc("SetCapture")
	releaseCapture      = user32.NewProc("ReleaseCapture")
	trackMouseEvent     = user32.NewProc("TrackMouseEvent")
	setWinEventHook     = user32.NewProc("SetWinEventHook")
	unhookWinEvent      = user32.NewProc("UnhookWinEvent")
	setThreadDPI        = user32.NewProc("SetThreadDpiAwarenessContext") // since Windows 10 1607
	getDpiForMonitor    = shcore.NewProc("GetDpiForMonitor")

	createCompatibleDC = gdi32.NewProc("CreateCompatibleDC")
	deleteDC           = gdi32.NewProc("DeleteDC")
	createDIBSection   = gdi32.NewProc("CreateDIBSection")
	selectObject       = gdi32.NewProc("SelectObject")
	deleteObject       = gdi32.NewProc("DeleteObject")
)

// Constants of winuser.h and wingdi.h.
const (
	wmSettingChange = 0x001a
	wmMouseActivate = 0x0021
	wmDisplayChange = 0x007e
	wmMouseMove     = 0x0200
	wmLButtonDown   = 0x0201
	wmLButtonUp     = 0x0202
	wmMouseLeave    = 0x02a3
	wmDPIChanged    = 0x02e0
	wmApp           = 0x8000

	maNoActivate   = 3
	wsPopup        = 0x80000000
	exTopmost      = 0x00000008
	exToolWindow   = 0x00000080
	exLayered      = 0x00080000
	exNoActivate   = 0x08000000
	swHide         = 0
	swShowNA       = 8
	swpNoSize      = 0x0001
	swpNoMove      = 0x0002
	swpNoActivate  = 0x0010
	ulwAlpha       = 2
	acSrcAlpha     = 1
	tmeLeave       = 2
	eventForegrnd  = 0x0003
	idcArrow       = 32512
	perMonitorV2   = ^uintptr(3) // DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2, -4
	hwndTopmost    = ^uintptr(0) // -1
	effectiveDPI   = 0
	primaryMonitor = 1
)

type (
	wndClass struct {
		size, style                        uint32
		proc                               uintptr
		clsExtra, wndExtra                 int32
		instance, icon, cursor, background uintptr
		menu, name                         *uint16
		smallIcon                          uintptr
	}
	point struct{ x, y int32 }
	rect  struct{ left, top, right, bottom int32 }
	msg   struct {
		hwnd           uintptr
		message        uint32
		wParam, lParam uintptr
		time           uint32
		pt             point
		private        uint32
	}
	monitorInfo struct {
		size          uint32
		monitor, work rect
		flags         uint32
		device        [32]uint16
	}
	bitmapInfo struct {
		size             uint32
		width, height    int32
		planes, bits     uint16
		compression      uint32
		sizeImage        uint32
		xPels, yPels     int32
		used, important  uint32
		colorsNotUsedYet uint32
	}
	blend struct{ op, flags, alpha, format byte }
	track struct {
		size, flags uint32
		hwnd        uintptr
		hover       uint32
	}
)

func (r rect) rectangle() image.Rectangle {
	return image.Rect(int(r.left), int(r.top), int(r.right), int(r.bottom))
}
