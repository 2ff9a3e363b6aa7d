package platform

import (
	"slices"
	"sync"
	"unsafe"

	"traybell/desktop/platform/win32"

	"golang.org/x/sys/windows"
)

// Monitors returns each monitor with its work area and scale.
func (h *winHost) Monitors() []Monitor {
	var out []Monitor
	h.Call(func() {
		var cursor win32.POINT
		_, _, _ = win32.GetCursorPos.Call(uintptr(unsafe.Pointer(&cursor)))
		for _, m := range monitorHandles() {
			info := win32.MONITORINFOEX{}
			info.Size = uint32(unsafe.Sizeof(info))
			if ok, _, _ := win32.GetMonitorInfo.Call(m, uintptr(unsafe.Pointer(&info))); ok == 0 {
				continue
			}
			bounds := info.Monitor.Rectangle()
			out = append(out, Monitor{
				Name: windows.UTF16ToString(info.Device[:]), Bounds: bounds, Work: info.Work.Rectangle(),
				Scale:   h.monitorScale(m),
				Primary: info.Flags&win32.MONITORINFOF_PRIMARY != 0, Pointer: cursor.Point().In(bounds),
			})
		}
	})
	return out
}

// found collects the results of eachMonitor, a single callback, as callbacks are never freed.
// foundLock serializes enumerations.
var (
	found       []uintptr
	foundLock   sync.Mutex
	eachMonitor = sync.OnceValue(func() uintptr {
		return windows.NewCallback(func(monitor, _, _, _ uintptr) uintptr {
			found = append(found, monitor)
			return 1
		})
	})
)

func monitorHandles() []uintptr {
	foundLock.Lock()
	defer foundLock.Unlock()
	found = found[:0]
	_, _, _ = win32.EnumDisplayMonitors.Call(0, 0, eachMonitor(), 0)
	return slices.Clone(found)
}

func (h *winHost) monitorScale(monitor uintptr) float32 {
	if h.scale > 0 {
		return h.scale
	}
	if win32.GetDpiForMonitor.Find() != nil {
		return 1
	}
	var x, y uint32
	r, _, _ := win32.GetDpiForMonitor.Call(monitor, win32.MDT_EFFECTIVE_DPI, uintptr(unsafe.Pointer(&x)),
		uintptr(unsafe.Pointer(&y)))
	if r != 0 || x == 0 {
		return 1
	}
	return float32(x) / 96
}
