package tier

// Feature is a row of the feature matrix.
type Feature string

// The features, by their public names.
const (
	Agents            Feature = "agents"              // how many agents, the first N of AgentOrder
	BatchActive       Feature = "batch_active"        // how many batches may be active
	CloudStorageGB    Feature = "cloud_storage_gb"    // bytes of records, in units of 10^9
	BackupGB          Feature = "backup_gb"           // bytes of backups, in units of 10^9
	Providers         Feature = "providers"           // how many model providers may be chosen from
	BatchBuilder      Feature = "batch_builder"       // on or off
	PluginMarketplace Feature = "plugin_marketplace"  // on or off
	SSO               Feature = "sso"                 // on or off
	RequestsPerMinute Feature = "requests_per_minute" // for team, a seat
)

// Value is what a tier has of a feature: a count, Unlimited, or for features that are on or off 1 or 0.
type Value int64

// Unlimited stands in JSON as -1.
const Unlimited Value = -1

// Allows reports whether there is anything of the feature at all.
func (v Value) Allows() bool { return v != 0 }

// AtLeast reports whether n are covered.
func (v Value) AtLeast(n int64) bool { return v == Unlimited || int64(v) >= n }

const on, off Value = 1, 0

// row is one line of the price list: SPEC section 8.
type row struct {
	feature Feature
	toggle  bool // on or off, true or false in JSON
	values  map[Tier]Value
}

var matrix = []row{
	{Agents, false, map[Tier]Value{Free: 3, Pro: Unlimited, Power: Unlimited, Team: Unlimited}},
	{BatchActive, false, map[Tier]Value{Free: 2, Pro: 10, Power: Unlimited, Team: Unlimited}},
	{CloudStorageGB, false, map[Tier]Value{Free: 0, Pro: 5, Power: 25, Team: Unlimited}},
	{BackupGB, false, map[Tier]Value{Free: 0, Pro: 5, Power: 25, Team: Unlimited}},
	{Providers, false, map[Tier]Value{Free: 1, Pro: Unlimited, Power: Unlimited, Team: Unlimited}},
	{BatchBuilder, true, map[Tier]Value{Free: off, Pro: off, Power: on, Team: on}},
	{PluginMarketplace, true, map[Tier]Value{Free: off, Pro: off, Power: on, Team: on}},
	{SSO, true, map[Tier]Value{Free: off, Pro: off, Power: off, Team: on}},
	{RequestsPerMinute, false, map[Tier]Value{Free: 20, Pro: 60, Power: 120, Team: 200}},
}

// prices are EUR cents a month; for team, a seat.
var prices = map[Tier]int64{Free: 0, Pro: 1500, Power: 2900, Team: 4900}

// AgentOrder is the order in which a tier's agents are counted: a tier with N has the first N.
func AgentOrder() []string {
	return []string{"task_agent", "project_agent", "note_agent", "checkpoint_agent"}
}

// Value is what t has of f. A tier or feature that does not exist has nothing.
func (t Tier) Value(f Feature) Value {
	for _, r := range matrix {
		if r.feature == f {
			return r.values[t]
		}
	}
	return 0
}

// PriceCents is EUR cents a month, a seat for team.
func (t Tier) PriceCents() int64 { return prices[t] }

// Grant is one feature as a tier has it, for showing.
type Grant struct {
	Feature Feature
	Toggle  bool // Value is on or off, not a count
	Value   Value
}

// Grants are all features of t, in the order of the price list.
func (t Tier) Grants() []Grant {
	g := make([]Grant, 0, len(matrix))
	for _, r := range matrix {
		g = append(g, Grant{r.feature, r.toggle, r.values[t]})
	}
	return g
}

// Offering is the smallest tier that has f at all.
func Offering(f Feature) Tier {
	t, ok := Lowest(func(t Tier) bool { return t.Value(f).Allows() })
	if !ok {
		return Team
	}
	return t
}
