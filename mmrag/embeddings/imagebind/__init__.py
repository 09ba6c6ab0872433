"""ImageBind: text, pictures, film, sound, depth, thermal pictures and motion in one space."""
