package contract

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
)

func TestTiersCountFromTheNextRequestOn(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "free")
	create := row{name: "create", as: user, method: http.MethodPost, path: "/storage/records", body: harness.RecordBody("notes", []byte("x")), status: http.StatusForbidden,
		code: "tier_required", fields: map[string]any{"required_tier": "pro"}}
	h.run(t, []row{create})
	h.SetTier(t, user.Email, "pro")
	id := store(t, user, "notes", "kept")
	gone := store(t, user, "notes", "to be deleted")
	h.SetTier(t, user.Email, "free")
	record := "/storage/records/" + id
	h.run(t, []row{
		create,
		{name: "replace", as: user, method: http.MethodPut, path: record, body: harness.RecordBody("", []byte("other")), status: http.StatusForbidden,
			code: "tier_required", fields: map[string]any{"required_tier": "pro"}},
		{name: "replace with nothing", as: user, method: http.MethodPut, path: record, body: harness.RecordBody("", nil), status: http.StatusForbidden, code: "tier_required"},
		{name: "read", as: user, method: http.MethodGet, path: record, status: http.StatusOK},
		{name: "list", as: user, method: http.MethodGet, path: "/storage/records", status: http.StatusOK},
		{name: "delete", as: user, method: http.MethodDelete, path: "/storage/records/" + gone, status: http.StatusOK, fields: map[string]any{"ok": true}},
		{name: "read what was deleted", as: user, method: http.MethodGet, path: "/storage/records/" + gone, status: http.StatusNotFound, code: "not_found"},
		{name: "profile", as: user, method: http.MethodGet, path: "/auth/me", status: http.StatusOK, fields: map[string]any{"tier": "free"}},
	})
	var list []meta
	user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records", nil).Decode(t, &list)
	require.Len(t, list, 1)
	assert.Equal(t, id, list[0].ID)
	h.SetTier(t, user.Email, "power")
	user.Expect(t, http.StatusOK, http.MethodPut, record, harness.RecordBody("", []byte("other")))
}

func TestEachTierSeesItsFeaturesAndAgents(t *testing.T) {
	t.Parallel()
	h := open(t)
	for name, want := range map[string]struct {
		features map[string]any
		agents   int
	}{
		"free":  {map[string]any{"agents": 3.0, "batch_active": 2.0, "cloud_storage_gb": 0.0, "backup_gb": 0.0, "providers": 1.0, "batch_builder": false, "plugin_marketplace": false, "sso": false, "requests_per_minute": 20.0}, 3},
		"pro":   {map[string]any{"agents": -1.0, "batch_active": 10.0, "cloud_storage_gb": 5.0, "backup_gb": 5.0, "providers": -1.0, "batch_builder": false, "plugin_marketplace": false, "sso": false, "requests_per_minute": 60.0}, 4},
		"power": {map[string]any{"agents": -1.0, "batch_active": -1.0, "cloud_storage_gb": 25.0, "backup_gb": 25.0, "providers": -1.0, "batch_builder": true, "plugin_marketplace": true, "sso": false, "requests_per_minute": 120.0}, 4},
		"team":  {map[string]any{"agents": -1.0, "batch_active": -1.0, "cloud_storage_gb": -1.0, "backup_gb": -1.0, "providers": -1.0, "batch_builder": true, "plugin_marketplace": true, "sso": true, "requests_per_minute": 200.0}, 4},
	} {
		user := h.join(t, name)
		profile := object(t, user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil))
		assert.Equal(t, name, profile["tier"])
		assert.Equal(t, want.features, profile["features"], name)
		var agents []struct{ Name, Description string }
		user.Expect(t, http.StatusOK, http.MethodGet, "/agents", nil).Decode(t, &agents)
		names := []string{}
		for _, a := range agents {
			names = append(names, a.Name)
			assert.NotEmpty(t, a.Description)
		}
		slices.Sort(names)
		all := []string{"note_agent", "project_agent", "task_agent"}
		if want.agents == 4 {
			all = append([]string{"checkpoint_agent"}, all...)
		}
		assert.Equal(t, all, names, name)
	}
}
