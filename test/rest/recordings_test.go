package rest

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"traybell/hub/access"
	"traybell/test/rest/client"
)

const recorded = `recordings: {sources: [{folder: monitor, pattern: "<linkedid>-*.wav", delete: true}]}` + "\n"

// A program lists, reads and deletes the recordings of a person.
func (o *office) recordings(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Recordings)
	call, seen := o.rings()
	folder := filepath.Join(o.dir, "monitor")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	_, linkedid, _ := strings.Cut(seen.ID, ":")
	if err := os.WriteFile(filepath.Join(folder, linkedid+"-1.wav"), []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	call.Answer("101")
	call.Hangup()
	o.until("the recording is listed", func() bool {
		list, err := c.ListRecordingsWithResponse(ctx, seen.ID)
		return err == nil && list.JSON200 != nil && len(list.JSON200.Recordings) == 1
	})
	list, err := c.ListRecordingsWithResponse(ctx, seen.ID)
	did.ok(t, "listRecordings", err, list, list.Body)
	one := list.JSON200.Recordings[0]
	if one.Size != 10 || one.Plays != client.AsIs || list.JSON200.Link == nil {
		t.Errorf("%s", list.Body)
	}
	part, err := c.GetRecordingWithResponse(ctx, seen.ID, one.Id, &client.GetRecordingParams{},
		func(_ context.Context, r *http.Request) error { r.Header.Set("Range", "bytes=3-5"); return nil })
	did.ok(t, "getRecording", err, part, part.Body)
	if part.StatusCode() != http.StatusPartialContent || string(part.Body) != "345" {
		t.Errorf("a range: %d %q", part.StatusCode(), part.Body)
	}
	revoked, err := c.RevokeLinksWithResponse(ctx, seen.ID, nil)
	did.ok(t, "revokeLinks", err, revoked, revoked.Body)

	c = o.as(access.Admin)
	found, err := c.FindRecordingsWithResponse(ctx, &client.FindRecordingsParams{Number: "8 495 123-45-67"})
	did.ok(t, "findRecordings", err, found, found.Body)
	if len(found.JSON200.Files) != 1 || found.JSON200.Files[0].Deleted {
		t.Errorf("%s", found.Body)
	}
	gone, err := c.DeleteRecordingsWithResponse(ctx, nil,
		client.DeleteRecordingsJSONRequestBody{Number: "8 495 123-45-67"})
	did.ok(t, "deleteRecordings", err, gone, gone.Body)
	if len(gone.JSON200.Files) != 1 || !gone.JSON200.Files[0].Deleted {
		t.Errorf("%s", gone.Body)
	}
	if left, _ := os.ReadDir(folder); len(left) > 0 {
		t.Errorf("%d files are left", len(left))
	}
}
