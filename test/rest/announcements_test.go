package rest

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"

	"traybell/hub/access"
	"traybell/test/rest/client"
)

const announced = `announcements: {enabled: true, extensions: ["101"], folders: [{folder: announcements}]}` + "\n"

// A program switches the announcement of an agent, replaces its sound and deletes it.
func (o *office) announcements(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Admin)
	folder := filepath.Join(o.dir, "announcements")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	list := func() []client.Announcement {
		t.Helper()
		found, err := c.ListAnnouncementsWithResponse(ctx)
		did.ok(t, "listAnnouncements", err, found, found.Body)
		return *found.JSON200
	}
	if all := list(); len(all) != 2 || all[0].Extension != "default" || all[1].Extension != "101" ||
		all[1].Agents[0] != "Anna" || all[1].On || all[1].Recorded || !all[1].Sound {
		t.Fatalf("%+v", all)
	}
	o.until("the PBX knows who may record one", func() bool {
		return o.pbx.Family("traybell")["announcements"] == "^(101)$"
	})
	on, err := c.SwitchAnnouncementWithResponse(ctx, "main", "101", client.SwitchAnnouncementJSONRequestBody{On: true})
	did.ok(t, "switchAnnouncement", err, on, on.Body)
	if o.pbx.Family("op_alert")["101"] != "1" || !list()[1].On {
		t.Errorf("%v, %+v", o.pbx.Family("op_alert"), list())
	}
	sound := append([]byte("RIFF\x24\x3f\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00"+
		"\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\x3f\x00\x00"), make([]byte, 0x3f00)...)
	for _, of := range []string{"default", "101", "101"} {
		up, err := c.UploadAnnouncementWithBodyWithResponse(ctx, "main", of, "audio/wav", bytes.NewReader(sound))
		did.ok(t, "uploadAnnouncement", err, up, up.Body)
	}
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(names) != 2 { // the first of 101 is gone
		t.Errorf("%v, %v", names, err)
	}
	get, err := c.GetAnnouncementWithResponse(ctx, "main", "101")
	did.ok(t, "getAnnouncement", err, get, get.Body)
	if !bytes.Equal(get.Body, sound) || get.HTTPResponse.Header.Get("Content-Type") != "audio/wav" {
		t.Errorf("%d bytes, %v", len(get.Body), get.HTTPResponse.Header)
	}
	ring, err := c.RingAnnouncementWithResponse(ctx, "main", "101", nil, client.RingAnnouncementJSONRequestBody{})
	did.ok(t, "ringAnnouncement", err, ring, ring.Body)
	gone, err := c.DeleteAnnouncementWithResponse(ctx, "main", "101")
	did.ok(t, "deleteAnnouncement", err, gone, gone.Body)
	if all := list(); all[1].On || all[1].Recorded || !all[0].Recorded {
		t.Errorf("%+v", all)
	}

	for of, want := range map[string]int{"102": http.StatusNotFound, "101": http.StatusUnprocessableEntity} {
		up, err := c.UploadAnnouncementWithBodyWithResponse(ctx, "main", of, "audio/wav",
			bytes.NewReader([]byte("no sound")))
		if err != nil || up.StatusCode() != want {
			t.Errorf("%s: %v, %s", of, err, up.Body)
		}
	}
	large, err := c.UploadAnnouncementWithBodyWithResponse(ctx, "main", "101", "audio/wav",
		bytes.NewReader(make([]byte, 11<<20)))
	if err != nil || large.StatusCode() != http.StatusRequestEntityTooLarge {
		t.Errorf("11 MiB: %v", err)
	}
	c = o.as(access.Supervise)
	only, err := c.DeleteAnnouncementWithResponse(ctx, "main", "default")
	if err != nil || only.StatusCode() != http.StatusForbidden {
		t.Errorf("a supervisor deletes the default: %v, %s", err, only.Body)
	}
}
