"""Files of sensors: depth maps, thermal pictures and motion recordings."""
