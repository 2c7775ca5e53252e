package record

// MaxBatch is how many records one call may write.
const MaxBatch = 100
