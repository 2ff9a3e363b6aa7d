package ui

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"traybell/assets/translations"
	"traybell/desktop/settings"
)

// What an import or a link would change is told in the words of the settings window, not in those
// of the file.
func TestEverySettingHasAName(t *testing.T) {
	texts, err := translations.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	for i := range reflect.TypeFor[settings.Own]().NumField() {
		key, _, _ := strings.Cut(reflect.TypeFor[settings.Own]().Field(i).Tag.Get("json"), ",")
		if slices.Contains([]string{"desktop", "quiet", "calls_seen", "told_no_tray"}, key) {
			continue // never in a file from elsewhere
		}
		if name := settingName(texts, key); name == key {
			t.Errorf("%s has no name", key)
		}
	}
	for value, want := range map[[2]string]string{
		{"corner", "top-left"}: "Top left", {"show_as", settings.AsNotifications}: "The desktop's notifications",
		{"contrast", settings.HighContrast}: "High",
		{"scale", "1.25"}:                   "125", {"incoming.enabled", "false"}: "no",
		{"incoming.show", "3000"}: "3000", {"server", "true"}: "true", {"pin", "AB:CD:EF:01:23"}: "AB:CD:EF:01…",
	} {
		if got := settingValue(texts, value[0], value[1]); got != want {
			t.Errorf("%s %s is %q, want %q", value[0], value[1], got, want)
		}
	}
}
