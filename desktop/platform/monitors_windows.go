package platform

import (
	"image"
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Monitors returns each monitor with its work area and scale.
func (h *win32) Monitors() []Monitor {
	var out []Monitor
	h.call(func() {
		var cursor point
		_, _, _ = getCursorPos.Call(uintptr(unsafe.Pointer(&cursor)))
		for _, m := range monitorHandles() {
			info := monitorInfo{}
			info.size = uint32(unsafe.Sizeof(info))
			if ok, _, _ := getMonitorInfo.Call(m, uintptr(unsafe.Pointer(&info))); ok == 0 {
				continue
			}
			bounds := info.monitor.rectangle()
			out = append(out, Monitor{
				Name: windows.UTF16ToString(info.device[:]), Bounds: bounds, Work: info.work.rectangle(),
				Scale:   h.monitorScale(m),
				Primary: info.flags&primaryMonitor != 0, Pointer: image.Pt(int(cursor.x), int(cursor.y)).In(bounds),
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
	_, _, _ = enumDisplayMonitors.Call(0, 0, eachMonitor(), 0)
	return slices.Clone(found)
}

func (h *win32) monitorScale(monitor uintptr) float32 {
	if h.scale > 0 {
		return h.scale
	}
	if getDpiForMonitor.Find() != nil {
		return 1
	}
	var x, y uint32
	r, _, _ := getDpiForMonitor.Call(monitor, effectiveDPI, uintptr(unsafe.Pointer(&x)), uintptr(unsafe.Pointer(&y)))
	if r != 0 || x == 0 {
		return 1
	}
	return float32(x) / 96
}
