// Package win32 has what windows need of the Win32 API, by its documented names, and a thread that
// owns windows. It adds to golang.org/x/sys/windows.
package win32

import (
	"image"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Libraries and functions. Those of user32 that have two variants are the wide ones.
var (
	User32   = windows.NewLazySystemDLL("user32.dll")
	GDI32    = windows.NewLazySystemDLL("gdi32.dll")
	kernel32 = windows.NewLazySystemDLL("kernel32.dll")
	imm32    = windows.NewLazySystemDLL("imm32.dll")
	shcore   = windows.NewLazySystemDLL("shcore.dll") // since Windows 8.1

	registerClassEx              = User32.NewProc("RegisterClassExW")
	unregisterClass              = User32.NewProc("UnregisterClassW")
	createWindowEx               = User32.NewProc("CreateWindowExW")
	DestroyWindow                = User32.NewProc("DestroyWindow")
	DefWindowProc                = User32.NewProc("DefWindowProcW")
	getMessage                   = User32.NewProc("GetMessageW")
	translateMessage             = User32.NewProc("TranslateMessage")
	dispatchMessage              = User32.NewProc("DispatchMessageW")
	PostMessage                  = User32.NewProc("PostMessageW")
	postQuitMessage              = User32.NewProc("PostQuitMessage")
	SendMessage                  = User32.NewProc("SendMessageW")
	ShowWindow                   = User32.NewProc("ShowWindow")
	IsIconic                     = User32.NewProc("IsIconic")
	IsZoomed                     = User32.NewProc("IsZoomed")
	SetWindowPos                 = User32.NewProc("SetWindowPos")
	SetWindowText                = User32.NewProc("SetWindowTextW")
	UpdateLayeredWindow          = User32.NewProc("UpdateLayeredWindow")
	BringWindowToTop             = User32.NewProc("BringWindowToTop")
	SetForegroundWindow          = User32.NewProc("SetForegroundWindow")
	SetFocus                     = User32.NewProc("SetFocus")
	AdjustWindowRectEx           = User32.NewProc("AdjustWindowRectEx")
	AdjustWindowRectExForDpi     = User32.NewProc("AdjustWindowRectExForDpi") // since Windows 10 1607
	GetDpiForWindow              = User32.NewProc("GetDpiForWindow")
	setThreadDpiAwarenessContext = User32.NewProc("SetThreadDpiAwarenessContext")
	InvalidateRect               = User32.NewProc("InvalidateRect")
	BeginPaint                   = User32.NewProc("BeginPaint")
	EndPaint                     = User32.NewProc("EndPaint")
	EnumDisplayMonitors          = User32.NewProc("EnumDisplayMonitors")
	GetMonitorInfo               = User32.NewProc("GetMonitorInfoW")
	GetCursorPos                 = User32.NewProc("GetCursorPos")
	LoadCursor                   = User32.NewProc("LoadCursorW")
	SetCursor                    = User32.NewProc("SetCursor")
	SetCapture                   = User32.NewProc("SetCapture")
	ReleaseCapture               = User32.NewProc("ReleaseCapture")
	trackMouseEvent              = User32.NewProc("TrackMouseEvent")
	ScreenToClient               = User32.NewProc("ScreenToClient")
	SetWinEventHook              = User32.NewProc("SetWinEventHook")
	UnhookWinEvent               = User32.NewProc("UnhookWinEvent")
	RegisterHotKey               = User32.NewProc("RegisterHotKey")
	UnregisterHotKey             = User32.NewProc("UnregisterHotKey")
	getKeyState                  = User32.NewProc("GetKeyState")
	MapVirtualKey                = User32.NewProc("MapVirtualKeyW")
	CreateIconIndirect           = User32.NewProc("CreateIconIndirect")
	DestroyIcon                  = User32.NewProc("DestroyIcon")
	OpenClipboard                = User32.NewProc("OpenClipboard")
	CloseClipboard               = User32.NewProc("CloseClipboard")
	EmptyClipboard               = User32.NewProc("EmptyClipboard")
	CountClipboardFormats        = User32.NewProc("CountClipboardFormats")
	GetClipboardSequenceNumber   = User32.NewProc("GetClipboardSequenceNumber")
	KeybdEvent                   = User32.NewProc("keybd_event")
	GetClipboardData             = User32.NewProc("GetClipboardData")
	SetClipboardData             = User32.NewProc("SetClipboardData")
	GetDpiForMonitor             = shcore.NewProc("GetDpiForMonitor")

	CreateCompatibleDC = GDI32.NewProc("CreateCompatibleDC")
	DeleteDC           = GDI32.NewProc("DeleteDC")
	CreateDIBSection   = GDI32.NewProc("CreateDIBSection")
	CreateBitmap       = GDI32.NewProc("CreateBitmap")
	StretchDIBits      = GDI32.NewProc("StretchDIBits")
	SelectObject       = GDI32.NewProc("SelectObject")
	DeleteObject       = GDI32.NewProc("DeleteObject")

	GlobalAlloc  = kernel32.NewProc("GlobalAlloc")
	GlobalFree   = kernel32.NewProc("GlobalFree")
	GlobalLock   = kernel32.NewProc("GlobalLock")
	GlobalUnlock = kernel32.NewProc("GlobalUnlock")
	GlobalSize   = kernel32.NewProc("GlobalSize")
	MoveMemory   = kernel32.NewProc("RtlMoveMemory")

	ImmGetContext           = imm32.NewProc("ImmGetContext")
	ImmReleaseContext       = imm32.NewProc("ImmReleaseContext")
	ImmSetCompositionWindow = imm32.NewProc("ImmSetCompositionWindow")
)

// Constants of winuser.h, wingdi.h, winbase.h, imm.h and shellscalingapi.h.
const (
	WM_MOVE           = 0x0003
	WM_SIZE           = 0x0005
	WM_SETFOCUS       = 0x0007
	WM_KILLFOCUS      = 0x0008
	WM_PAINT          = 0x000f
	WM_CLOSE          = 0x0010
	WM_ERASEBKGND     = 0x0014
	WM_SETTINGCHANGE  = 0x001a
	WM_SETCURSOR      = 0x0020
	WM_MOUSEACTIVATE  = 0x0021
	WM_GETMINMAXINFO  = 0x0024
	WM_DISPLAYCHANGE  = 0x007e
	WM_SETICON        = 0x0080
	WM_KEYDOWN        = 0x0100
	WM_KEYUP          = 0x0101
	WM_CHAR           = 0x0102
	WM_SYSKEYDOWN     = 0x0104
	WM_SYSKEYUP       = 0x0105
	WM_MOUSEMOVE      = 0x0200
	WM_LBUTTONDOWN    = 0x0201
	WM_LBUTTONUP      = 0x0202
	WM_RBUTTONDOWN    = 0x0204
	WM_RBUTTONUP      = 0x0205
	WM_MBUTTONDOWN    = 0x0207
	WM_MBUTTONUP      = 0x0208
	WM_MOUSEWHEEL     = 0x020a
	WM_MOUSEHWHEEL    = 0x020e
	WM_CAPTURECHANGED = 0x0215
	WM_MOUSELEAVE     = 0x02a3
	WM_DPICHANGED     = 0x02e0
	WM_HOTKEY         = 0x0312
	wmApp             = 0x8000 // jobs of a Thread

	MA_NOACTIVATE           = 3
	WS_POPUP                = 0x80000000
	WS_OVERLAPPEDWINDOW     = 0x00cf0000
	WS_EX_TOPMOST           = 0x00000008
	WS_EX_TOOLWINDOW        = 0x00000080
	WS_EX_APPWINDOW         = 0x00040000
	WS_EX_LAYERED           = 0x00080000
	WS_EX_NOACTIVATE        = 0x08000000
	SWP_NOSIZE              = 0x0001
	SWP_NOMOVE              = 0x0002
	SWP_NOZORDER            = 0x0004
	SWP_NOACTIVATE          = 0x0010
	HWND_TOPMOST            = ^uintptr(0) // -1
	ULW_ALPHA               = 2
	AC_SRC_ALPHA            = 1
	SIZE_MINIMIZED          = 1
	HTCLIENT                = 1
	WHEEL_DELTA             = 120
	EVENT_SYSTEM_FOREGROUND = 0x0003
	MONITORINFOF_PRIMARY    = 1
	MDT_EFFECTIVE_DPI       = 0
	IDC_ARROW               = 32512
	IDC_IBEAM               = 32513
	IDC_CROSS               = 32515
	IDC_SIZEWE              = 32644
	IDC_SIZENS              = 32645
	IDC_HAND                = 32649
	MOD_ALT                 = 0x0001
	MOD_CONTROL             = 0x0002
	MOD_SHIFT               = 0x0004
	MOD_WIN                 = 0x0008
	MOD_NOREPEAT            = 0x4000
	MAPVK_VSC_TO_VK_EX      = 3
	GMEM_MOVEABLE           = 2
	CF_UNICODETEXT          = 13
	SRCCOPY                 = 0x00cc0020
	CFS_POINT               = 2
)

// Structures.
type (
	wndClassEx struct {
		size, style                        uint32
		proc                               uintptr
		clsExtra, wndExtra                 int32
		instance, icon, cursor, background uintptr
		menu, name                         *uint16
		smallIcon                          uintptr
	}
	msg struct {
		hwnd           uintptr
		message        uint32
		wParam, lParam uintptr
		time           uint32
		pt             POINT
		private        uint32
	}
	// POINT is a place in pixels.
	POINT struct{ X, Y int32 }
	// RECT is an area in pixels.
	RECT struct{ Left, Top, Right, Bottom int32 }
	// MINMAXINFO limits a window's size.
	MINMAXINFO struct{ Reserved, MaxSize, MaxPosition, MinTrackSize, MaxTrackSize POINT }
	// PAINTSTRUCT is an exposed part.
	PAINTSTRUCT struct {
		DC                 uintptr
		Erase              int32
		Paint              RECT
		Restore, IncUpdate int32
		Reserved           [32]byte
	}
	// MONITORINFOEX is a monitor.
	MONITORINFOEX struct {
		Size          uint32
		Monitor, Work RECT
		Flags         uint32
		Device        [32]uint16
	}
	// BITMAPINFO is a format of pixels.
	BITMAPINFO struct {
		Size                   uint32
		Width, Height          int32
		Planes, BitCount       uint16
		Compression, SizeImage uint32
		XPelsPerMeter          int32
		YPelsPerMeter          int32
		ClrUsed, ClrImportant  uint32
		Colors                 uint32
	}
	// BLENDFUNCTION is a window's opacity.
	BLENDFUNCTION struct{ BlendOp, BlendFlags, SourceConstantAlpha, AlphaFormat byte }
	// ICONINFO is an icon, as two bitmaps.
	ICONINFO struct {
		Icon               int32
		XHotspot, YHotspot uint32
		Mask, Color        uintptr
	}
	// COMPOSITIONFORM is the place of what an input method composes.
	COMPOSITIONFORM struct {
		Style      uint32
		CurrentPos POINT
		Area       RECT
	}
)

// PointOf is a point as Win32 has it.
func PointOf(p image.Point) POINT { return POINT{int32(p.X), int32(p.Y)} }

// Point is a point as image has it.
func (p POINT) Point() image.Point { return image.Pt(int(p.X), int(p.Y)) }

// RectOf is an area as Win32 has it.
func RectOf(r image.Rectangle) RECT {
	return RECT{int32(r.Min.X), int32(r.Min.Y), int32(r.Max.X), int32(r.Max.Y)}
}

// Rectangle is an area as image has it.
func (r RECT) Rectangle() image.Rectangle {
	return image.Rect(int(r.Left), int(r.Top), int(r.Right), int(r.Bottom))
}

// TopDown is the format of a picture with four bytes per pixel and the top row first.
func TopDown(size image.Point) BITMAPINFO {
	return BITMAPINFO{Size: 40, Width: int32(size.X), Height: -int32(size.Y), Planes: 1, BitCount: 32}
}

// Place is the point in a mouse message's lParam.
func Place(lParam uintptr) image.Point { return image.Pt(Low(lParam), High(lParam)) }

// Low is the signed lower word of a parameter.
func Low(x uintptr) int { return int(int16(x)) }

// High is the signed upper word of a parameter's lower half.
func High(x uintptr) int { return int(int16(x >> 16)) }

// Pressed reports whether a key was pressed when the current message was sent.
func Pressed(vk uintptr) bool {
	state, _, _ := getKeyState.Call(vk)
	return int16(state) < 0
}

// TrackLeave requests WM_MOUSELEAVE for when the pointer leaves a window.
func TrackLeave(w uintptr) {
	const leave = 2 // TME_LEAVE
	t := struct {
		size, flags uint32
		hwnd        uintptr
		hover       uint32
	}{flags: leave, hwnd: w}
	t.size = uint32(unsafe.Sizeof(t))
	_, _, _ = trackMouseEvent.Call(uintptr(unsafe.Pointer(&t)))
}
