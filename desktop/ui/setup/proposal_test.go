package setup

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"traybell/desktop/settings"
	"traybell/desktop/ui/uitest"
)

// Changes are shown with the names of the settings window.
func TestEverySettingHasAName(t *testing.T) {
	texts := uitest.English(t)
	for i := range reflect.TypeFor[settings.Own]().NumField() {
		key, _, _ := strings.Cut(reflect.TypeFor[settings.Own]().Field(i).Tag.Get("json"), ",")
		if slices.Contains([]string{"desktop", "quiet", "calls_seen", "told_no_tray"}, key) {
			continue // not portable
		}
		if name := settingName(texts, key); name == key {
			t.Errorf("%s has no name", key)
		}
	}
	for value, want := range map[[2]string]string{
		{"corner", "top-left"}: "Top left", {"show_as", settings.AsNotifications}: "Desktop notifications",
		{"contrast", settings.HighContrast}: "High",
		{"scale", "1.25"}:                   "125", {"incoming.enabled", "false"}: "no",
		{"incoming.show", "3000"}: "3000", {"server", "true"}: "true", {"pin", "AB:CD:EF:01:23"}: "AB:CD:EF:01…",
	} {
		if got := settingValue(texts, value[0], value[1]); got != want {
			t.Errorf("%s %s: %q, want %q", value[0], value[1], got, want)
		}
	}
}
