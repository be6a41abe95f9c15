{
  "builders": [{"type": "null"}]
}
