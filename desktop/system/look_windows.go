package system

import (
	"context"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

var systemParametersInfo = windows.NewLazySystemDLL("user32.dll").NewProc("SystemParametersInfoW")

// HighContrast reports whether the system requests high contrast (SPI_GETHIGHCONTRAST).
func HighContrast(context.Context) bool {
	const getHighContrast, on = 0x0042, 0x00000001
	var setting struct {
		size, flags uint32
		scheme      *uint16
	}
	setting.size = uint32(unsafe.Sizeof(setting))
	ok, _, _ := systemParametersInfo.Call(getHighContrast, uintptr(setting.size), uintptr(unsafe.Pointer(&setting)), 0)
	return ok != 0 && setting.flags&on != 0
}

// Dark reports whether programs have a dark look in the system's settings.
func Dark(context.Context) bool {
	key, err := registry.OpenKey(registry.CURRENT_USER, `SOFTWARE\Microsoft\Windows\CurrentVersion\Themes\Personalize`,
		registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer key.Close()
	light, _, err := key.GetIntegerValue("AppsUseLightTheme")
	return err == nil && light == 0
}
